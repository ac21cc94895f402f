"""Reconciliation: compares the shop's books with each other and with the payment providers, with safe repairs."""
