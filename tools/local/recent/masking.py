"""Masks secrets in the recorded paths of requests."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

_MAX_LENGTH = 2000  # characters of a path with its query; API Gateway accepts longer ones
_SEPARATOR = re.compile(r"([&;])")
_SECRET_NAME = re.compile(r"token|passw|pwd|secret|key|auth|session|jwt|sign|code|credential|otp|pin$", re.IGNORECASE)
# Tokens of the shop have 43 such characters; keys of Stripe and JSON Web Tokens have more.
_SECRET = re.compile(r"[A-Za-z0-9_.~-]{32,}")
_NOT_SECRET = {"cursor"}  # long, but only a position in a list


def masked_target(path: str, query: str) -> str:
    """Returns the path with its query. `***` replaces values with the name or the form of a secret."""
    shown = _SECRET.sub("***", path)
    masked = "".join(map(_masked, _SEPARATOR.split(query)))
    return f"{shown}?{masked}"[:_MAX_LENGTH] if query else shown[:_MAX_LENGTH]


def _masked(pair: str) -> str:
    name, _, value = pair.partition("=")
    plain_name = unquote_plus(name).strip()
    if value and _SECRET_NAME.search(plain_name):
        return f"{name}=***"
    return pair if plain_name in _NOT_SECRET else _SECRET.sub("***", pair)
