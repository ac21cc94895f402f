"""A one-time link and its rules."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from enum import StrEnum

from microshop.values import Value


class Purpose(StrEnum):
    """What a link is for."""

    STAFF_INVITATION = "staff_invitation"
    VERIFY_EMAIL = "verify_email"
    CHANGE_EMAIL = "change_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose, no password


# A link to a new password is worth as much as the password. Who asked for it is waiting for the mail.
LIFETIME = {
    Purpose.STAFF_INVITATION: timedelta(days=7),
    Purpose.VERIFY_EMAIL: timedelta(days=3),
    Purpose.CHANGE_EMAIL: timedelta(days=1),
    Purpose.RESET_PASSWORD: timedelta(minutes=30),
}


class UsedLink(Value):
    """What a link said. `email` is the address that it was sent to."""

    subject_id: int
    email: str


def new_token() -> str:
    """Returns 256 random bits as 43 characters that a URL may contain."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """Returns SHA-256. 256 random bits need no slow hash: no dictionary contains them."""
    return hashlib.sha256(token.encode()).digest()
