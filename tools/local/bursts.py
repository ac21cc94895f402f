"""Counts many alike lines in place of printing each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS = 1.0


class Burst:
    """Lets the first event pass, and tells once a second how many followed, until none does.

    Needs a running event loop.
    """

    def __init__(self, tell: Callable[[int], None], seconds: float = _SECONDS) -> None:
        self._tell = tell
        self._seconds = seconds
        self._more = 0
        self._is_on = False

    def begins(self) -> bool:
        """Whether an event is the first one; the others are counted."""
        if self._is_on:
            self._more += 1
            return False
        self._wait()
        return True

    def _wait(self) -> None:
        self._is_on = True
        asyncio.get_running_loop().call_later(self._seconds, self._end)

    def _end(self) -> None:
        more, self._more = self._more, 0
        self._is_on = False
        if more:
            self._tell(more)
            self._wait()
