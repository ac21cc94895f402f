"""The log file of the functions, `.microshop/logs/functions.log`, with one older file beside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO
    from pathlib import Path

_MOST_BYTES = 8_000_000  # of each of the two files


class RotatingLogFile:
    """Appends lines. A full file replaces the older one, and a new file begins."""

    def __init__(self, file: Path, most_bytes: int = _MOST_BYTES) -> None:
        self._file = file
        self._most_bytes = most_bytes
        file.parent.mkdir(parents=True, exist_ok=True)

    def write(self, line: str) -> None:
        """Append a line.

        Raises:
            OSError: the line could not be written. The file contains no part of it.
        """
        with self._file.open("ab", buffering=0) as stream:  # opened for each line, because nothing would close it
            end = _append(stream, f"{line}\n".encode())
        if end > self._most_bytes:
            self._file.replace(_older(self._file))


def read_records(file: Path) -> Iterator[dict[str, Any]]:
    """Yields the records of both files, oldest first, without lines that are no JSON objects."""
    for each in (_older(file), file):
        if each.exists():
            with each.open(encoding="utf-8") as lines:
                yield from filter(None, map(_record, lines))


def _append(stream: FileIO, data: bytes) -> int:
    """Append all of the data or nothing. Returns the new length of the file."""
    begin = stream.tell()
    try:
        while data:
            data = data[stream.write(data) :]
    except OSError:
        stream.truncate(begin)  # the next line must not continue an incomplete one
        raise
    return stream.tell()


def _older(file: Path) -> Path:
    return file.with_name(f"{file.name}.1")


def _record(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
