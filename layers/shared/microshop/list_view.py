"""What the lists of all domains have. Imported for types only."""

from __future__ import annotations

from typing import TypedDict


class ListCount(TypedDict):
    """The number of items of a whole list; there may be more if it is not exact."""

    value: int
    exact: bool
