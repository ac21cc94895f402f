"""Runs a general security scanner over the templates of each stage."""
