"""Counts similar log lines instead of printing each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS = 1.0


class BurstCounter:
    """Reports how many events followed the first one of a burst, once a period, until a period has none.

    Needs a running event loop.
    """

    def __init__(self, report: Callable[[int], None], seconds: float = _SECONDS) -> None:
        self._report = report
        self._seconds = seconds
        self._more = 0
        self._is_on = False

    def starts_burst(self) -> bool:
        """Count an event. Returns whether it is the first of a burst."""
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
            self._report(more)
            self._wait()
