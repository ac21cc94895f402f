"""Keeps what the functions log in `.microshop/logs/functions.log`, for who asks later what went wrong; bounded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO
    from pathlib import Path

_MOST_BYTES = 8_000_000  # of one file; there are two, the older one beside it


class KeptLog:
    """Appends lines; where the file is full, it becomes the older one and a new one begins."""

    def __init__(self, file: Path, most_bytes: int = _MOST_BYTES) -> None:
        self._file = file
        self._most_bytes = most_bytes
        file.parent.mkdir(parents=True, exist_ok=True)

    def write(self, line: str) -> None:
        """Keep one line.

        Raises:
            OSError: it could not be kept, and no part of it is.
        """
        with self._file.open("ab", buffering=0) as stream:  # not held open: nobody would close it
            end = _append(stream, f"{line}\n".encode())
        if end > self._most_bytes:
            self._file.replace(_older(self._file))


def kept_records(file: Path) -> Iterator[dict[str, Any]]:
    """What was kept, oldest first; what is no JSON object is left out."""
    for each in (_older(file), file):
        if each.exists():
            with each.open(encoding="utf-8") as lines:
                yield from filter(None, map(_record, lines))


def _append(stream: FileIO, data: bytes) -> int:
    """Append all of the data or nothing. Returns the file's new length."""
    begin = stream.tell()
    try:
        while data:
            data = data[stream.write(data) :]
    except OSError:
        stream.truncate(begin)  # a half line would spoil the next one too
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
