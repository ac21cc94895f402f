"""Codes of options and of their values, as in `color=red`."""

# Three options and values of this length, with their separators, fit into products.options_key.
MAX_CODE_LENGTH = 32
CODE_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
