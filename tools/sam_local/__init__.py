"""Runs the built functions in containers with `sam local`, on the servers of `make run`."""
