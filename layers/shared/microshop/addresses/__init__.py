"""The address book of an account."""
