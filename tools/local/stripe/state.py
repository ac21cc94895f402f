"""Stores the state of the provider in one file: the objects of localstripe and those of the proxy."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
from typing import TYPE_CHECKING, Any, override

from tools.problems import LocalProblem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

type Part = dict[str, Any]

_PAUSE_SECONDS = 0.2  # a killed process loses the changes of this time; a stopped process loses nothing
# Files that older code wrote name these classes by their former modules.
_MOVED = {
    ("tools.local.stripe.answers", "_Kept"): ("tools.local.stripe.idempotency", "_Stored"),
    ("tools.local.stripe.answers", "Answer"): ("tools.local.stripe.idempotency", "Response"),
    ("tools.local.stripe.book", "Entry"): ("tools.local.stripe.resource_index", "Entry"),
}


class _Unpickler(pickle.Unpickler):
    @override
    def find_class(self, module: str, name: str, /) -> Any:
        return super().find_class(*_MOVED.get((module, name), (module, name)))


class State:
    """Named parts, which are dictionaries. The file is written shortly after a change, and at the end."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._parts: dict[str, Part] = {}
        self._has_changed = asyncio.Event()

    def part(self, name: str, contents: Part | None = None) -> Part:
        """Returns the part of this name. A new part is `contents`, or an empty dictionary without it."""
        return self._parts.setdefault(name, {} if contents is None else contents)

    def mark_changed(self) -> None:
        """Have the file written. Call this after each change of a part."""
        self._has_changed.set()

    def load(self) -> None:
        """Read the file into the parts.

        Raises:
            LocalProblem: the file cannot be read.
        """
        try:
            with self._file.open("rb") as stream:
                written = _Unpickler(stream).load()  # this program wrote the file, in the user's data folder
        except FileNotFoundError:
            return
        except Exception as error:
            raise LocalProblem(
                f"{self._file} cannot be read ({error}): delete the local data with `make reset`"
            ) from error
        for name, part in written.items():
            # localstripe writes its store at every single assignment, but not at update().
            self.part(name).update(part)

    @contextlib.asynccontextmanager
    async def persisted(self) -> AsyncIterator[None]:
        """Write the file after changes within the block, and once at its end. A failed write ends the block."""
        try:
            async with asyncio.TaskGroup() as group:
                writing = group.create_task(self._write_changes())
                yield
                writing.cancel()
        finally:
            self._write()

    async def _write_changes(self) -> None:
        while True:
            await self._has_changed.wait()
            await asyncio.sleep(_PAUSE_SECONDS)
            self._has_changed.clear()
            self._write()

    def _write(self) -> None:
        # One file, so that a stored response and the object in it are from the same moment.
        unfinished = self._file.with_suffix(".new")
        unfinished.touch(mode=0o600)
        with unfinished.open("wb") as stream:
            pickle.dump({name: dict(part) for name, part in self._parts.items()}, stream)
        unfinished.replace(self._file)
