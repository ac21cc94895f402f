"""/_local of the local stack: where things are, who can log in, and the mails that the shop has sent."""
