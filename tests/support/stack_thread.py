"""Runs the local stack in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Any

from tools.local.stack import serve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tools.local.stack_info import StackInfo

_PATIENCE_SECONDS = 60.0  # only ends a test that hangs


@contextlib.contextmanager
def serve_in_thread(arguments: Mapping[str, Any]) -> Iterator[StackInfo]:
    """Serve the stack with these arguments during the `with` block. Yields its addresses."""
    ready = _Ready()
    thread = threading.Thread(target=lambda: asyncio.run(ready.serve(arguments)), name="shop")
    thread.start()
    try:
        yield ready.info()
    finally:
        ready.stop()
        thread.join(_PATIENCE_SECONDS)
    assert not thread.is_alive(), "the shop does not stop"


class _Ready:
    """Passes the stack's URL, or the error of its start, from its thread to the test's."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._info: StackInfo | None = None
        self._failure: BaseException | None = None

    async def serve(self, arguments: Mapping[str, Any]) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.ensure_future(serve(**arguments, on_ready=self._is_ready))
        await asyncio.wait([self._task])
        self._failure = None if self._task.cancelled() else self._task.exception()
        self._event.set()

    def info(self) -> StackInfo:
        assert self._event.wait(_PATIENCE_SECONDS), "the shop is not ready"
        if self._info is None:
            raise self._failure or AssertionError("the shop ended during its start")
        return self._info

    def stop(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._task.cancel)

    def _is_ready(self, info: StackInfo) -> None:
        self._info = info
        self._event.set()
