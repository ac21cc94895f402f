"""Installs the locked packages into .venv, with nothing but the standard library of the system's python3."""
