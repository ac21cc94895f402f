"""Keeps what the functions log in `.microshop/logs/functions.log`, for who asks later what went wrong; bounded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST_BYTES = 8_000_000  # of one file; there are two, the older one beside it


class KeptLog:
    """Appends lines; where the file is full, it becomes the older one and a new one begins."""

    def __init__(self, file: Path, most_bytes: int = _MOST_BYTES) -> None:
        self._file = file
        self._most_bytes = most_bytes
        file.parent.mkdir(parents=True, exist_ok=True)

    def write(self, line: str) -> None:
        """Keep one line."""
        with self._file.open("a", encoding="utf-8") as stream:  # not held open: nobody would close it
            stream.write(line + "\n")
            full = stream.tell() > self._most_bytes
        if full:
            self._file.replace(_older(self._file))


def kept_records(file: Path) -> Iterator[dict[str, Any]]:
    """What was kept, oldest first; what is no JSON object is left out."""
    for each in (_older(file), file):
        if each.exists():
            with each.open(encoding="utf-8") as lines:
                yield from filter(None, map(_record, lines))


def _older(file: Path) -> Path:
    return file.with_name(f"{file.name}.1")


def _record(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
