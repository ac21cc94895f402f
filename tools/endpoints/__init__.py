"""Adds an endpoint and lists what is still missing for one."""
