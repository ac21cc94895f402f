"""Makes the ids and the numbers of orders.

The shop makes them before it writes anything, so that an order, its history, its event and the stored answer to its
request can all go to the database in one batch (docs/decisions/0013-orders-in-two-round-trips.md).
"""

import secrets
from datetime import UTC, datetime

# The rest of an id is milliseconds since then: below 2**53, the largest whole number that JavaScript holds, until 2095.
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_RANDOM_BITS = 12
# Crockford's base 32: no I, L, O or U, which are misread, misheard or make words.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NUMBER_LENGTH = 8


def new_order_id(now: datetime) -> int:
    """An id that rises with time. Two orders of one millisecond share one in 4096 times; the primary key tells."""
    return first_order_id(now) + secrets.randbelow(1 << _RANDOM_BITS)


def first_order_id(moment: datetime) -> int:
    """The lowest id of an order made at `moment`; 0 for the time before any."""
    milliseconds = int((moment - _EPOCH).total_seconds() * 1000)
    return max(milliseconds, 0) << _RANDOM_BITS


def end_order_id(moment: datetime) -> int:
    """An id above that of every order made up to `moment`."""
    return first_order_id(moment) + (1 << _RANDOM_BITS)


def new_order_number() -> str:
    """What people call the order, such as `MS-7F3K-9QXD`: random, so that it tells nothing of how much is sold."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_NUMBER_LENGTH))
    return f"MS-{letters[:4]}-{letters[4:]}"
