"""Writes lines to a place that may be full or gone for a time, and says so once at either end of that time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Descriptor:
    """A file descriptor as a stream without a buffer: what cannot be written is not kept for the end of the process."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._line_is_broken = False

    def write(self, text: str) -> None:
        """Write all of the text.

        Raises:
            OSError: the disk is full, or nobody reads it any more; a part may be written.
        """
        self._write_all(b"\n" * self._line_is_broken + text.encode(errors="backslashreplace"))

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return os.isatty(self._number)

    def _write_all(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            written = os.write(self._number, view)
            view = view[written:]
            self._line_is_broken = bool(view)


class Outlet:
    """Writes lines and drops those that cannot be written.

    Args:
        write: raises OSError where a line cannot be written.
        lost: called with the first error.
        found: called after the first line that could be written again, with the number of lines that are missing.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        *,
        lost: Callable[[OSError], None] = lambda _error: None,
        found: Callable[[int], None] = lambda _count: None,
    ) -> None:
        self._write = write
        self._lost = lost
        self._found = found
        self._missing = 0

    def write(self, line: str) -> None:
        """Write a line if that is possible."""
        try:
            self._write(line)
        except OSError as error:
            self._missing += 1
            if self._missing == 1:
                self._lost(error)
            return
        if self._missing:
            missing, self._missing = self._missing, 0
            self._found(missing)


STANDARD_OUTPUT, STANDARD_ERROR = Descriptor(1), Descriptor(2)


def open_standard_streams() -> None:
    """Open the null device where a standard stream is closed, or a later file would get its number and its text."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one


def say(text: str) -> None:
    """Print text for the developer. The standard output is for the log, which may be piped into a program."""
    Outlet(STANDARD_ERROR.write).write(f"{text}\n")
