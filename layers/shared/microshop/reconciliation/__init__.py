"""Reconciliation: compares the shop's books with each other and with the payment providers, and makes safe repairs."""
