"""An API key and its rules."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from microshop.scopes import EVERYTHING, MANAGE_STAFF
from microshop.values import Value

if TYPE_CHECKING:
    from datetime import date, datetime

    from microshop.scopes import Scope

# Begins every key, so that scanners for leaked secrets and people recognise one.
TOKEN_PREFIX = "msk_"  # noqa: S105 - the beginning of a key is no secret
SHOWN_CHARACTERS = 8  # of the token; the column's length
MAX_LIFETIME_DAYS = 366
KEY_SCOPES = EVERYTHING - {MANAGE_STAFF}


class ApiKey(Value):
    """An API key as lists show it. `prefix` is the beginning of the token."""

    id: int
    user_id: int
    name: str
    prefix: str
    key_hash: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_on: date | None
    revoked_at: datetime | None


def new_token() -> str:
    """Returns a new key: the prefix and 256 random bits."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def hash_key(token: str) -> str:
    """Returns SHA-256 in hex. 256 random bits need no slow hash: no dictionary contains them."""
    return hashlib.sha256(token.encode()).hexdigest()
