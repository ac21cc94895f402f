"""Payments and refunds: the port to payment providers, the ledger, and how a provider update changes an order."""
