"""The dashboard, laid out in Python and kept in infra/observability.yaml."""
