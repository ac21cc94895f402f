"""Handles stop signals: the first one stops the runner in order, and later ones do not interrupt that."""

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignals:
    """SIGINT, SIGTERM and SIGHUP, which all stop the runner."""

    def __init__(self, print_line: Callable[[str], None]) -> None:
        self._print_line = print_line
        self._stop: Callable[[], None] = _interrupt
        self._is_stopping = False

    @contextlib.contextmanager
    def caught(self) -> Iterator[None]:
        """Handle the signals within the `with` block. By default they raise KeyboardInterrupt."""
        before = {number: signal.signal(number, self._receive) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def calling(self, stop: Callable[[], None]) -> Iterator[None]:
        """Call `stop` instead of raising, within the `with` block. It runs in the main thread between two bytecodes."""
        self._stop = stop
        try:
            yield
        finally:
            self._stop = _interrupt

    def _receive(self, _number: int, _frame: FrameType | None) -> None:
        if self._is_stopping:  # a second Ctrl-C must not leave a server running
            self._print_line("still stopping, this takes a few seconds")
            return
        self._is_stopping = True
        self._print_line("stopping")
        self._stop()


def _interrupt() -> None:
    raise KeyboardInterrupt
