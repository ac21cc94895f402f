"""Creates the skeleton of an endpoint, and lists missing parts of endpoints."""
