"""An event loop whose time advances only while it waits, and then at once."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any


class _Jumping(selectors.SelectSelector):
    """Adds each timeout to `now` instead of waiting."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0.0
        return super().select(0)


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def spend(self, seconds: float) -> None:
        """Let time pass without giving other tasks a turn, as a computation does."""
        self._jumping.now += seconds


def run_in_virtual_time[T](main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Returns the result of a coroutine function. It must wait for nothing but time."""
    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        return runner.run(main())


def spend(seconds: float) -> None:
    """Let virtual time pass without giving other tasks a turn, as a computation does."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, _VirtualLoop)
    loop.spend(seconds)
