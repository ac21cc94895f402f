"""The local payment provider stops when it cannot store its state."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tools.local.stripe.state import State

if TYPE_CHECKING:
    from pathlib import Path


def test_provider_ends_when_its_state_cannot_be_written(tmp_path: Path) -> None:
    async def serve() -> None:
        state = State(tmp_path / "no such folder" / "state")
        async with state.kept():
            state.changed()
            await asyncio.sleep(30)

    with pytest.raises(FileNotFoundError):
        asyncio.run(serve())
