"""Payments and refunds: the port to payment providers, the ledger, and what a provider's word does to an order."""
