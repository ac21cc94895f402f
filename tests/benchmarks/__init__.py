"""Measurements of the shop, and of what it is compared with. `make bench` runs them all."""

import tools  # noqa: F401 - makes microshop importable
