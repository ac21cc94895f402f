"""Reconciliation: proof that the shop's books agree with each other and with its payment providers; safe repairs."""
