"""One-time links that the shop sends by mail: each proves that its user reads the mail of an address."""
