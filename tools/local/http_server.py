"""Runs uvicorn inside the event loop of the stack, on a socket that is already open."""

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

    from tools.local.tasks import EssentialTasks

GRACE_SECONDS = 3.0  # seconds for requests and invocations in progress when the stack stops
_RECEIVE_TIMEOUT = 10.0  # seconds for all headers, and between parts of a body; AWS does not document its limit
_IDLE_TIMEOUT = 310  # seconds between requests of a connection, as at API Gateway


class _Protocol(H11Protocol):
    """Closes a connection whose request does not arrive in time, as API Gateway does."""

    _limit: asyncio.TimerHandle | None = None
    _awaits_headers = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._set_limit(_IDLE_TIMEOUT)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        has_request = self.cycle is not None and not self.cycle.response_complete  # type: ignore[redundant-expr]
        if has_request and self.cycle.more_body:
            self._set_limit(_RECEIVE_TIMEOUT)  # again for each part: a large body may take long
        elif has_request:
            self._drop_limit()
        elif not self._awaits_headers:
            self._set_limit(_RECEIVE_TIMEOUT)  # once: slow headers must not keep a connection open
        self._awaits_headers = not has_request

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete and self.conn.trailing_data[0]:  # a part of the next request has arrived
            self._awaits_headers = True
            self._set_limit(_RECEIVE_TIMEOUT)

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
        yield  # the runner handles the signals


@contextlib.asynccontextmanager
async def serving(name: str, app: ASGIApp, listener: socket.socket, tasks: EssentialTasks) -> AsyncIterator[None]:
    """Serve the application within the `with` block. Requests in progress then have some seconds to complete."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        http=_Protocol,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=int(GRACE_SECONDS),
        timeout_keep_alive=_IDLE_TIMEOUT,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    tasks.start(name, _end_of(task))
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
    raise RuntimeError("it ended unexpectedly")


@contextlib.contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """Open a loopback socket at the port. Port 0 stands for any free port."""
    # asyncio sets TCP_NODELAY only if the protocol is named. Without it, responses wait 40 ms for an ACK.
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(1024)
        yield listener
