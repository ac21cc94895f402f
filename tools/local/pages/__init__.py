"""/_local of the local stack: where things are, who can log in, mails, requests and events."""
