"""Erasure of a person: which data is personal, and what becomes of it."""
