"""Assembles the payment provider and serves it until a signal stops it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from tools.local.stripe import localstripe_server
from tools.local.stripe.app import StripeApi
from tools.local.stripe.control import Control
from tools.local.stripe.faults import Faults
from tools.local.stripe.idempotency import IdempotencyStore
from tools.local.stripe.operations import Operations
from tools.local.stripe.state import State
from tools.local.stripe.upstream import Upstream
from tools.local.stripe.webhooks import Webhooks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


async def serve(port: int, state_file: Path) -> None:
    """Serve on a loopback port until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    state = State(state_file)
    state.part("localstripe", localstripe_server.store_of_objects(state.mark_changed))
    async with (
        _loaded(state),
        localstripe_server.serving() as localstripe_url,
        aiohttp.ClientSession() as session,
        _proxying(port, state, session, localstripe_url),
    ):
        await stopped.wait()


@contextlib.asynccontextmanager
async def _loaded(state: State) -> AsyncIterator[None]:
    state.load()
    async with state.persisted():
        yield


@contextlib.asynccontextmanager
async def _proxying(
    port: int, state: State, session: aiohttp.ClientSession, localstripe_url: str
) -> AsyncIterator[None]:
    webhooks, faults = Webhooks(session, state), Faults()
    upstream = Upstream(session, localstripe_url, localstripe_server.stored)
    operations = Operations(upstream, webhooks, state)
    api = StripeApi(operations, IdempotencyStore(state), faults, state)
    app = web.Application()
    app.router.add_routes(Control(faults, webhooks, operations.disputes).routes())
    app.router.add_route("OPTIONS", "/v1/{rest:.*}", api.preflight)
    app.router.add_route("*", "/v1/{rest:.*}", api.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
        yield
    finally:
        faults.clear()
        await runner.cleanup()
        await webhooks.close()
