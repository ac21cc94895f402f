"""Idempotent requests: a repeated request with the same key gets the same response and has no second effect."""
