"""Runs the built functions in containers with `sam local`, on the servers of the shop that `make run` serves."""
