"""HTTP servers of the stack: uvicorn inside a running event loop, on a socket of ours."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.types import ASGIApp

    from tools.local.tasks import Essential

GRACE = 3.0  # seconds that requests and invocations under way have at the end
_WAIT = 10.0  # seconds for all headers, and between two parts of a body; API Gateway's limit is not documented
_IDLE = 310  # seconds that a connection may be idle between requests, as API Gateway has it


class _Protocol(H11Protocol):
    """Closes a connection whose request does not arrive in time, as API Gateway does."""

    _limit: asyncio.TimerHandle | None = None
    _awaits_headers = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._set_limit(_IDLE)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        has_request = self.cycle is not None and not self.cycle.response_complete  # type: ignore[redundant-expr]
        if has_request and self.cycle.more_body:
            self._set_limit(_WAIT)  # anew with each part: a large body may take its time
        elif has_request:
            self._drop_limit()
        elif not self._awaits_headers:
            self._set_limit(_WAIT)  # not renewed: slow headers must not keep a connection open
        self._awaits_headers = not has_request

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete and self.conn.trailing_data[0]:  # a part of the next request came with this one
            self._awaits_headers = True
            self._set_limit(_WAIT)

    def connection_lost(self, exc: Exception | None) -> None:
        self._drop_limit()
        super().connection_lost(exc)

    def _set_limit(self, seconds: float) -> None:
        self._drop_limit()
        self._limit = self.loop.call_later(seconds, self.transport.close)

    def _drop_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # signals are the runner's


@contextlib.asynccontextmanager
async def serving(name: str, app: ASGIApp, listener: socket.socket, essential: Essential) -> AsyncIterator[None]:
    """Serves the application until the block ends; requests under way then have a few seconds."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        http=_Protocol,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=int(GRACE),
        timeout_keep_alive=_IDLE,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    essential.start(name, _end_of(task))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110  uvicorn has no event for it
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await asyncio.gather(task, return_exceptions=True)  # the caller has seen an error already


async def _end_of(serving: asyncio.Task[None]) -> None:
    await asyncio.wait([serving])
    serving.result()
    raise RuntimeError("it ended before it was told to")


@contextlib.contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """A loopback socket at the port, or at a free one for 0."""
    # With the protocol named, asyncio sets TCP_NODELAY on what it accepts; without, answers wait 40 ms for an ACK.
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(1024)
        yield listener
