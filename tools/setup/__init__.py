"""Installs the locked packages into .venv. It needs only the standard library of the system's python3."""

import sys

# Here, because an older Python can parse no other module of this package.
if sys.version_info < (3, 8):  # noqa: UP036  (the interpreter that reads this is not yet the project's)
    sys.exit("setup: python3 is older than 3.8: put a newer one first on PATH, for example with `pyenv global 3.13`")
