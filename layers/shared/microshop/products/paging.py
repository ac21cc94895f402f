"""Keyset pages: a cursor holds where the last page ended, never how many rows to skip.

A cursor is opaque, and good only for the list that it came from: it carries a checksum over its content and that list's
sort and filters. The checksum keeps mistakes out, not attackers: whatever a forged cursor says, it is a position in a
public list, checked for type and range like any other parameter.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from microshop.products.product import ProductFilter
from microshop.text import is_storable

SORTS = ("newest", "price", "-price", "name")

_INVALID = "is not a cursor of this list; take it as it is from next_cursor, with the same filters"
_CHECKSUM_BYTES = 8
MAX_CURSOR_LENGTH = 2048
_MAX_ID = 2**63 - 1


@dataclass(frozen=True)
class Position:
    """Where a page ended: the last row's sort value (None where the id is the order) and its id."""

    value: int | str | None
    id: int


def encode_cursor(position: Position, sort: str, chosen: ProductFilter) -> str:
    """A cursor that goes on after `position`."""
    # Not ASCII: escaped, a name of 200 emoji would be longer than a cursor may be.
    payload = json.dumps([position.value, position.id], separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(_checksum(payload, sort, chosen) + payload).decode().rstrip("=")


def decode_cursor(cursor: str, sort: str, chosen: ProductFilter) -> Position:
    """Where to go on.

    Raises:
        ValueError: it was not made for this list.
    """
    try:
        if len(cursor) > MAX_CURSOR_LENGTH or not cursor.isascii():
            raise ValueError(_INVALID)
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        checksum, payload = raw[:_CHECKSUM_BYTES], raw[_CHECKSUM_BYTES:]
        if checksum != _checksum(payload, sort, chosen):
            raise ValueError(_INVALID)
        value, row_id = json.loads(payload)
    except (ValueError, TypeError, RecursionError):
        raise ValueError(_INVALID) from None
    if not _is_sound(value, row_id, sort):
        raise ValueError(_INVALID)
    return Position(value, row_id)


def _is_sound(value: Any, row_id: Any, sort: str) -> bool:
    kind = {"newest": type(None), "name": str}.get(sort, int)
    in_range = not isinstance(value, int) or 0 <= value <= _MAX_ID
    storable = not isinstance(value, str) or is_storable(value)
    return type(value) is kind and in_range and storable and type(row_id) is int and 0 < row_id <= _MAX_ID


def _checksum(payload: bytes, sort: str, chosen: ProductFilter) -> bytes:
    return hashlib.blake2b(payload + repr((sort, chosen)).encode(), digest_size=_CHECKSUM_BYTES).digest()
