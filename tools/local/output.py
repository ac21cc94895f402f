"""The output of the runner: streams that may fail for some time, on a full disk or without a reader."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class FileDescriptor:
    """An unbuffered stream of a file descriptor. A buffer would fail again when the process ends."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._line_is_broken = False

    def write(self, text: str) -> None:
        """Write all of the text.

        Raises:
            OSError: the disk is full, or the pipe has no reader. A part may be written.
        """
        self._write_all(b"\n" * self._line_is_broken + text.encode(errors="backslashreplace"))

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        return os.isatty(self._number)

    def _write_all(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            written = os.write(self._number, view)
            view = view[written:]
            self._line_is_broken = bool(view)


class LossyWriter:
    """Writes lines, and drops those that cannot be written.

    Args:
        write: writes a line or raises OSError.
        on_failure: called with the first error.
        on_recovery: called after the next written line, with the number of dropped lines.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        *,
        on_failure: Callable[[OSError], None] = lambda _error: None,
        on_recovery: Callable[[int], None] = lambda _count: None,
    ) -> None:
        self._write = write
        self._on_failure = on_failure
        self._on_recovery = on_recovery
        self._dropped = 0

    def write(self, line: str) -> None:
        """Write a line, or drop it."""
        try:
            self._write(line)
        except OSError as error:
            self._dropped += 1
            if self._dropped == 1:
                self._on_failure(error)
            return
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            self._on_recovery(dropped)


STANDARD_OUTPUT, STANDARD_ERROR = FileDescriptor(1), FileDescriptor(2)


def open_standard_streams() -> None:
    """Open the null device for each closed standard stream. Otherwise the next opened file would get its number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number, which is this one


def print_message(text: str) -> None:
    """Print text to the standard error. The standard output is for the log."""
    LossyWriter(STANDARD_ERROR.write).write(f"{text}\n")
