"""Cursors of keyset pages: opaque, and good only for the list that they come from.

A cursor holds where a page ended, never how many rows to skip, and a checksum over that and over the list's sort and
filters. The checksum keeps mistakes out, not attackers: whatever a forged cursor says is a position in a list that its
sender may read, and the list checks it for type and range like any other parameter.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any, NamedTuple, Self

from microshop.limits import MAX_ID

MAX_CURSOR_LENGTH = 2048
MAX_PAGE_SIZE = 100
DEFAULT_PAGE_SIZE = 20
# Rows that a count looks at: docs/decisions/0064-counts-of-lists.md.
MAX_COUNTED = 1000
INVALID_CURSOR = "is not a cursor of this list; take it as it is from next_cursor, with the same filters"

_CHECKSUM_BYTES = 8


# Classes of this kind are made in a sixth of the time that a dataclass takes, which every cold start pays.
class Count(NamedTuple):
    """The number of items of a whole list; there may be more if it is not exact."""

    value: int
    exact: bool

    @classmethod
    def of(cls, *, seen: int, found: int) -> Self:
        """The count for `found` items among `seen` rows, of which a query reads one more than MAX_COUNTED."""
        return cls(min(found, MAX_COUNTED), seen <= MAX_COUNTED)


class Page[Item](NamedTuple):
    """Some items of a list, the cursor of the next page or None on the last, and the count of the list if wanted."""

    items: list[Item]
    next_cursor: str | None
    total: Count | None = None

    def counted(self, count: Callable[[], Count], *, is_first: bool) -> Self:
        """The page with the count of the list, which needs no query if this page is the whole list."""
        if is_first and self.next_cursor is None:
            return self._replace(total=Count(len(self.items), exact=True))
        value, exact = count()
        return self._replace(total=Count(max(value, len(self.items)), exact))


def page_of[Item](found: list[Item], limit: int, cursor_after: Callable[[Item], str]) -> Page[Item]:
    """The first `limit` items; a query that asked for one more has found out whether another page follows."""
    items = found[:limit]
    return Page(items, cursor_after(items[-1]) if len(found) > limit else None)


def encode(position: list[Any], scope: object) -> str:
    """A cursor for a position in the list that `scope` stands for."""
    # Not ASCII: escaped, a name of 200 emoji would be longer than a cursor may be.
    payload = json.dumps(position, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(_checksum(payload, scope) + payload).decode().rstrip("=")


def decode(cursor: str, scope: object) -> Any:
    """The position in a cursor, still to be checked for type and range.

    Raises:
        ValueError: it was not made for this list.
    """
    try:
        if len(cursor) > MAX_CURSOR_LENGTH or not cursor.isascii():
            raise ValueError(INVALID_CURSOR)
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        checksum, payload = raw[:_CHECKSUM_BYTES], raw[_CHECKSUM_BYTES:]
        if checksum != _checksum(payload, scope):
            raise ValueError(INVALID_CURSOR)
        return json.loads(payload)
    except (ValueError, RecursionError):
        raise ValueError(INVALID_CURSOR) from None


def is_id(value: Any) -> bool:
    """Whether a value out of a cursor can be a row's id."""
    return type(value) is int and 0 < value <= MAX_ID


def _checksum(payload: bytes, scope: object) -> bytes:
    return hashlib.blake2b(payload + repr(scope).encode(), digest_size=_CHECKSUM_BYTES).digest()
