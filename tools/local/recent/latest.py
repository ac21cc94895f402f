"""A list that forgets its oldest items."""

from __future__ import annotations

from collections import deque


class Latest[T]:
    """The latest items. The event loop adds them while threads that answer pages read them.

    It has no lock, because the interpreter's own lock is held for all of an `append` and all of a `list(reversed(…))`.
    """

    def __init__(self, most: int) -> None:
        self._items: deque[T] = deque(maxlen=most)

    def add(self, item: T) -> None:
        """Add an item, in place of the oldest one if there are as many as may be."""
        self._items.append(item)

    def newest_first(self) -> list[T]:
        """All items as they are now."""
        return list(reversed(self._items))
