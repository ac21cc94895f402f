"""A list that forgets its oldest items."""

from __future__ import annotations

import threading
from collections import deque


class Latest[T]:
    """The latest items. The event loop adds them while threads that answer pages read them."""

    def __init__(self, most: int) -> None:
        self._items: deque[T] = deque(maxlen=most)
        self._lock = threading.Lock()  # a deque that changes during an iteration ends it with an error

    def add(self, item: T) -> None:
        """Add an item, in place of the oldest one if there are as many as may be."""
        with self._lock:
            self._items.append(item)

    def newest_first(self) -> list[T]:
        """All items as they are now."""
        with self._lock:
            return list(reversed(self._items))
