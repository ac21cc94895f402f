"""The load test of `make load` over HTTP, against servers that answer late or not at all."""
