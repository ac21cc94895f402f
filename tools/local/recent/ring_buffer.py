"""A list of limited length, without its oldest items."""

from __future__ import annotations

from collections import deque


class RingBuffer[T]:
    """The latest items. The event loop adds items while the threads of pages read them.

    No lock is needed, because the GIL is held during the whole `append` and the whole `list(reversed(…))`.
    """

    def __init__(self, size: int) -> None:
        self._items: deque[T] = deque(maxlen=size)

    def add(self, item: T) -> None:
        """Add an item. It replaces the oldest one if the buffer is full."""
        self._items.append(item)

    def newest_first(self) -> list[T]:
        """Returns all items, newest first."""
        return list(reversed(self._items))
