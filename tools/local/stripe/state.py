"""Keeps what the provider knows in one file, so that payments outlive it: localstripe's objects and the proxy's own."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
from typing import TYPE_CHECKING, Any

from tools.problems import LocalProblem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

type Part = dict[str, Any]

_PAUSE_SECONDS = 0.2  # what a killed process loses; a stopped one loses nothing


class State:
    """Named parts, each a dictionary that its owner changes, written a moment after somebody said so and at the end."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._parts: dict[str, Part] = {}
        self._has_changed = asyncio.Event()

    def part(self, name: str, contents: Part | None = None) -> Part:
        """The dictionary of that name; `contents` is one that exists elsewhere already."""
        return self._parts.setdefault(name, {} if contents is None else contents)

    def changed(self) -> None:
        """Say that a part has changed."""
        self._has_changed.set()

    def load(self) -> None:
        """Fill the parts with what was written.

        Raises:
            LocalProblem: the file cannot be read.
        """
        try:
            with self._file.open("rb") as stream:
                written = pickle.load(stream)  # noqa: S301  the file is this program's own, in the user's data folder
        except FileNotFoundError:
            return
        except Exception as error:
            raise LocalProblem(f"{self._file} cannot be read ({error}): start afresh with `make reset`") from error
        for name, part in written.items():
            # Item by item would have localstripe's store write itself for every one.
            self.part(name).update(part)

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Write from time to time during the block, and once at its end. A failed write ends the block."""
        try:
            async with asyncio.TaskGroup() as group:
                writing = group.create_task(self._write_from_time_to_time())
                yield
                writing.cancel()
        finally:
            self._write()

    async def _write_from_time_to_time(self) -> None:
        while True:
            await self._has_changed.wait()
            await asyncio.sleep(_PAUSE_SECONDS)
            self._has_changed.clear()
            self._write()

    def _write(self) -> None:
        # In one file, so that an answer that is remembered and what it speaks of are of one moment.
        unfinished = self._file.with_suffix(".new")
        unfinished.touch(mode=0o600)
        with unfinished.open("wb") as stream:
            pickle.dump({name: dict(part) for name, part in self._parts.items()}, stream)
        unfinished.replace(self._file)
