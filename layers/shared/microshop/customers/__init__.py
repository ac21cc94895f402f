"""Accounts of customers as staff see and manage them."""
