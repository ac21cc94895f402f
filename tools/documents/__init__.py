"""Documents and template sections that are computed from code and templates: `python -m tools.documents`."""
