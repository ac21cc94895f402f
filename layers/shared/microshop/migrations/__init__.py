"""The database's schema as numbered files, and the runner that applies them."""
