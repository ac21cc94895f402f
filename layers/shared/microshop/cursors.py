"""Opaque cursors for keyset pagination, each valid only for the list that it comes from.

A cursor contains the position of a page's last row, not a number of rows to skip, and a checksum of the position, the
sort order and the filters. The checksum detects mistakes, not attacks: a forged cursor can only be a position in a list
that the client may read anyway. The list checks the position's type and range like any other parameter.
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
# The number of rows that a count reads: docs/decisions/0064-list-counts.md.
MAX_COUNTED = 1000
INVALID_CURSOR = "is not a cursor of this list; send next_cursor unchanged, with the same filters"

_CHECKSUM_BYTES = 8


# NamedTuple, because Python creates the class in a sixth of a dataclass's time, which every cold start pays.
class Count(NamedTuple):
    """The number of items in the whole list; if it is not `exact`, there may be more."""

    value: int
    exact: bool

    @classmethod
    def of(cls, *, seen: int, found: int) -> Self:
        """Returns the count for `found` items among `seen` rows. A count reads at most MAX_COUNTED + 1 rows."""
        return cls(min(found, MAX_COUNTED), seen <= MAX_COUNTED)


class Page[Item](NamedTuple):
    """Some items of a list, the cursor of the next page (None on the last), and the list's count if requested."""

    items: list[Item]
    next_cursor: str | None
    total: Count | None = None

    def with_count(self, count: Callable[[], Count], *, is_first: bool) -> Self:
        """Returns the page with the list's count. Does not call `count` if this page is the whole list."""
        if is_first and self.next_cursor is None:
            return self._replace(total=Count(len(self.items), exact=True))
        value, exact = count()
        return self._replace(total=Count(max(value, len(self.items)), exact))


def page_of[Item](rows: list[Item], limit: int, cursor_after: Callable[[Item], str]) -> Page[Item]:
    """Returns a page of the first `limit` rows. If there are more rows, another page follows."""
    items = rows[:limit]
    return Page(items, cursor_after(items[-1]) if len(rows) > limit else None)


def encode(position: list[Any], scope: object) -> str:
    """Returns the cursor for a position in a list; `scope` identifies the list, its order and its filters."""
    # Not ensure_ascii: with escapes, a name of 200 emoji would exceed MAX_CURSOR_LENGTH.
    payload = json.dumps(position, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(_checksum(payload, scope) + payload).decode().rstrip("=")


def decode(cursor: str, scope: object) -> Any:
    """Returns the position in a cursor. The caller must check its type and range.

    Raises:
        ValueError: the cursor does not belong to this list.
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
    """Whether a value from a cursor can be a row's id."""
    return type(value) is int and 0 < value <= MAX_ID


def _checksum(payload: bytes, scope: object) -> bytes:
    return hashlib.blake2b(payload + repr(scope).encode(), digest_size=_CHECKSUM_BYTES).digest()
