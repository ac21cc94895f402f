"""Computes what saturates first at a rate of orders, for docs/scale.md."""
