"""One-time links in a real database."""
