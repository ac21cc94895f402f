"""Takes secrets out of the paths that the stack remembers."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

_MOST = 2000  # characters of a path with its query; API Gateway takes longer ones
_SEPARATOR = re.compile(r"([&;])")
_SECRET_NAME = re.compile(r"token|passw|pwd|secret|key|auth|session|jwt|sign|code|credential|otp|pin$", re.IGNORECASE)
# The shop's tokens have 43 such characters, Stripe's keys and JSON Web Tokens more.
_SECRET = re.compile(r"[A-Za-z0-9_.~-]{32,}")
_LONG_BUT_KNOWN = {"cursor"}  # of lists: a position, no secret


def target(path: str, query: str) -> str:
    """Returns the path with its query. `***` replaces what has the name or the form of a secret."""
    shown = _SECRET.sub("***", path)
    masked = "".join(map(_masked, _SEPARATOR.split(query)))
    return f"{shown}?{masked}"[:_MOST] if query else shown[:_MOST]


def _masked(pair: str) -> str:
    name, _, value = pair.partition("=")
    plain_name = unquote_plus(name).strip()
    if value and _SECRET_NAME.search(plain_name):
        return f"{name}=***"
    return pair if plain_name in _LONG_BUT_KNOWN else _SECRET.sub("***", pair)
