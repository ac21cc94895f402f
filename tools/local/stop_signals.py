"""Owns what the signals to stop do: the first one stops the runner in order, and no later one disturbs that."""

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignals:
    """SIGINT, SIGTERM and SIGHUP as one wish to stop."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._stop: Callable[[], None] = _interrupt
        self._was_asked = False

    @contextlib.contextmanager
    def caught(self) -> Iterator[None]:
        """Answer to the signals within the `with` block: with KeyboardInterrupt where nothing else was chosen."""
        before = {number: signal.signal(number, self._receive) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def calling(self, stop: Callable[[], None]) -> Iterator[None]:
        """Call `stop` instead of raising, within the `with` block; it runs in the main thread between two steps."""
        self._stop = stop
        try:
            yield
        finally:
            self._stop = _interrupt

    def _receive(self, _number: int, _frame: FrameType | None) -> None:
        if self._was_asked:  # an impatient second Ctrl-C must not leave a server behind
            self._say("still stopping, this takes a few seconds")
            return
        self._was_asked = True
        self._say("stopping")
        self._stop()


def _interrupt() -> None:
    raise KeyboardInterrupt
