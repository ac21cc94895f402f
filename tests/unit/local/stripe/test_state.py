"""The state file of the local payment provider."""

from __future__ import annotations

import asyncio
import pickle
from typing import TYPE_CHECKING

import pytest

from tools.local.stripe.resource_index import Entry
from tools.local.stripe.state import State

if TYPE_CHECKING:
    from pathlib import Path


def test_provider_stops_when_its_state_cannot_be_written(tmp_path: Path) -> None:
    async def serve() -> None:
        state = State(tmp_path / "no such folder" / "state")
        async with state.persisted():
            state.mark_changed()
            await asyncio.sleep(30)

    with pytest.raises(FileNotFoundError):
        asyncio.run(serve())


def test_state_of_older_code_is_read(tmp_path: Path) -> None:
    # protocol 0 names the module of a class in plain text
    written = pickle.dumps({"book": {"re_1": Entry("refund", "re_1", 1000, {})}}, protocol=0)
    (tmp_path / "state").write_bytes(written.replace(b"tools.local.stripe.resource_index", b"tools.local.stripe.book"))
    state = State(tmp_path / "state")

    state.load()

    assert state.part("book")["re_1"].identifier == "re_1"
