"""The pages under /_local: addresses, accounts, mails, requests and events."""
