"""Generates documents and sections of templates from code and templates: `python -m tools.documents`."""
