"""The type of a list's count, in all domains. Imported for types only."""

from __future__ import annotations

from typing import TypedDict


class ListCount(TypedDict):
    """The number of items in the whole list; if it is not `exact`, there may be more."""

    value: int
    exact: bool
