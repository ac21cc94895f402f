"""Generates the dashboard in infra/observability.yaml."""
