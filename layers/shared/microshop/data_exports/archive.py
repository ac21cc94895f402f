"""Writes a zip of JSON and text files while its content is read, so that it need not fit into memory or on a disk."""

from __future__ import annotations

import json
import shutil
import zipfile
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from microshop.money import to_decimal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import IO

    class File(Protocol):
        """Receives the zip's bytes (exports/upload.py)."""

        def write(self, data: bytes) -> None: ...


_MINOR = "_minor"


class Archive:
    """A zip. `finish` completes it."""

    def __init__(self, file: File) -> None:
        self._zip = zipfile.ZipFile(_Stream(file), "w", zipfile.ZIP_DEFLATED)  # type: ignore[call-overload]

    def add_text(self, name: str, text: str) -> None:
        """Add a text file."""
        self._zip.writestr(_entry(name), text)

    def add_json(self, name: str, value: object) -> None:
        """Add a JSON file with one value."""
        self.add_text(name, f"{_to_json(value)}\n")

    def add_items(self, name: str, items: Iterable[Mapping[str, object]]) -> None:
        """Add a JSON file with a list, one item at a time."""
        with self._zip.open(_entry(name), "w") as file:
            file.write(b"[")
            separator = "\n"
            for item in items:
                file.write(f"{separator}{_to_json(item)}".encode())
                separator = ",\n"
            file.write(b"\n]\n")

    def add_file(self, name: str, source: IO[bytes]) -> None:
        """Add the content of an open file."""
        with self._zip.open(_entry(name), "w") as file:
            shutil.copyfileobj(source, file)

    def finish(self) -> None:
        """Write the zip's directory."""
        self._zip.close()


class _Stream:
    """What `zipfile` needs of a file that cannot seek."""

    def __init__(self, file: File) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        self._file.write(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: the upload decides when it sends a part."""


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, datetime.now(UTC).timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16  # readable by its owner alone, when it is unpacked
    return entry


def _to_json(value: object) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, indent=1)


def _plain(value: Any) -> Any:
    """Returns rows as JSON has them: amounts as decimals in their currency, times in UTC."""
    if isinstance(value, dict):
        return {
            name.removesuffix(_MINOR): _amount(each, value["currency"]) if name.endswith(_MINOR) else _plain(each)
            for name, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def _amount(minor: int | None, currency: str) -> str | None:
    return None if minor is None else to_decimal(minor, currency)
