"""Recovery codes, for people who have lost their phone. Each works once."""

from __future__ import annotations

import hashlib
import re
import secrets

_COUNT = 10
_GROUPS = 4
_GROUP_LENGTH = 4
# Crockford's Base32 in lower case: no i, l, o and u. Sixteen characters of five bits are 80 random bits, so that a
# stored hash needs no slow function.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_CONFUSED = str.maketrans({"i": "1", "l": "1", "o": "0"})
_SEPARATORS = re.compile(r"[\s-]+")


def new_recovery_codes() -> tuple[str, ...]:
    """Returns ten random codes, such as 7k2m-x0qd-9fhr-w3ta."""
    return tuple(_new_code() for _ in range(_COUNT))


def recovery_code_hash(user_id: int, code: str) -> bytes:
    """Returns what is stored of a code. Upper case, blanks, missing hyphens and confused characters do not matter.

    The account is a part of it, so that one guess cannot be compared with the codes of all accounts.
    """
    plain = _SEPARATORS.sub("", code).lower().translate(_CONFUSED)
    return hashlib.sha256(f"{user_id}:{plain}".encode()).digest()


def _new_code() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
