"""What every string from outside must be before anything stores it."""

import re

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def is_storable(text: str) -> bool:
    """Whether a string has neither NUL nor a lone surrogate, which no database and no mail takes."""
    return _UNSTORABLE.search(text) is None
