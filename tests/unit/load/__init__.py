"""The load test of `make load`, without a network."""
