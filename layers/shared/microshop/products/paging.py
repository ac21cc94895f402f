"""Cursors of the catalogue's pages, in each sort order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microshop import cursors
from microshop.limits import MAX_ID
from microshop.text import is_storable
from microshop.values import Value

if TYPE_CHECKING:
    from microshop.products.product import ProductFilter

SORTS = ("newest", "price", "-price", "name")


class Position(Value):
    """The end of a page: the last row's sort value (None if the rows are sorted by id) and its id."""

    value: int | str | None
    id: int


def encode_cursor(position: Position, sort: str, criteria: ProductFilter) -> str:
    """Returns a cursor that continues after `position`."""
    return cursors.encode([position.value, position.id], (sort, criteria))


def decode_cursor(cursor: str, sort: str, criteria: ProductFilter) -> Position:
    """Returns the position after which a list continues.

    Raises:
        ValueError: the cursor was not made for this list.
    """
    match cursors.decode(cursor, (sort, criteria)):
        case [value, row_id] if cursors.is_id(row_id) and _is_valid(value, sort):
            return Position(value, row_id)
    raise ValueError(cursors.INVALID_CURSOR)


def _is_valid(value: Any, sort: str) -> bool:
    kind = {"newest": type(None), "name": str}.get(sort, int)
    in_range = not isinstance(value, int) or 0 <= value <= MAX_ID
    storable = not isinstance(value, str) or is_storable(value)
    return type(value) is kind and in_range and storable
