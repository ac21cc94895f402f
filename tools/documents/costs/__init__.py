"""Computes the monthly costs of a stage from its templates and a model of its traffic, for docs/costs.md."""
