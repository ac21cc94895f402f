"""Reads the templates as a deployment does: SAM transformed, parameters and intrinsic functions resolved."""
