"""Cursors of lists of listings, in each sort order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microshop import cursors
from microshop.limits import MAX_ID
from microshop.values import Value

if TYPE_CHECKING:
    from microshop.listings.filters import ListingFilter

RELEVANCE = "relevance"
SORTS = ("newest", "price", "-price", "name")
"""The orders of a list. A search also has the order `relevance`."""
_MAX_RELEVANCE = 100


class Position(Value):
    """An entry's place in a list: its sort value and the id of its listing.

    The value is None for `newest`, the price in minor units, the key of the name in hexadecimal digits, or the
    relevance.
    """

    value: int | str | None
    id: int


def encode_cursor(position: Position, scope: tuple[str, str, ListingFilter]) -> str:
    """Returns a cursor that continues after `position`. The scope is the language, the sort order and the filters."""
    return cursors.encode([position.value, position.id], scope)


def decode_cursor(cursor: str, scope: tuple[str, str, ListingFilter]) -> Position:
    """Returns the position after which a list continues.

    Raises:
        ValueError: the cursor was not made for this list.
    """
    _, sort, _ = scope
    match cursors.decode(cursor, scope):
        case [value, listing_id] if cursors.is_id(listing_id) and _is_valid(value, sort):
            return Position(value, listing_id)
    raise ValueError(cursors.INVALID_CURSOR)


def _is_valid(value: Any, sort: str) -> bool:
    match sort:
        case "newest":
            return value is None
        case "name":
            return isinstance(value, str) and _is_hexadecimal(value)
        case "relevance":
            return type(value) is int and 0 <= value <= _MAX_RELEVANCE
        case _:
            return type(value) is int and 0 <= value <= MAX_ID


def _is_hexadecimal(text: str) -> bool:
    try:
        return bytes.fromhex(text).hex() == text
    except ValueError:
        return False
