"""Invitations of people to the staff, by mail."""
