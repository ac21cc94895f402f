"""Generates the ids and numbers of orders.

The shop generates them before it writes anything, so that one call can write the order, its history, its event and the
stored response (docs/decisions/0013-orders-in-two-round-trips.md).
"""

import secrets
from datetime import UTC, datetime

# The upper bits of an id are the milliseconds since then. Ids stay below 2**53, the limit of JavaScript's exact whole
# numbers, until 2095.
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_RANDOM_BITS = 12
# Crockford's base 32: no I, L, O or U, which are misread, misheard or make words.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NUMBER_LENGTH = 8


def new_order_id(now: datetime) -> int:
    """Returns a new id. Ids grow with time.

    Two orders of the same millisecond get the same id with a probability of 1 in 4096; the primary key detects it.
    """
    return first_order_id(now) + secrets.randbelow(1 << _RANDOM_BITS)


def first_order_id(moment: datetime) -> int:
    """Returns the lowest id of an order placed at `moment`, or 0 for times before 2026."""
    milliseconds = int((moment - _EPOCH).total_seconds() * 1000)
    return max(milliseconds, 0) << _RANDOM_BITS


def end_order_id(moment: datetime) -> int:
    """Returns an id above those of all orders placed up to `moment`."""
    return first_order_id(moment) + (1 << _RANDOM_BITS)


def new_order_number() -> str:
    """Returns an order number for people, such as `MS-7F3K-9QXD`. It is random, so that it does not reveal sales."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_NUMBER_LENGTH))
    return f"MS-{letters[:4]}-{letters[4:]}"
