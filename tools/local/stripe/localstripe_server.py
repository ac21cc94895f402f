"""Starts localstripe on a loopback port of its own; the one place that knows its insides, which is its store."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web
from localstripe import resources, server  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tools.local.stripe.call import Resource
    from tools.local.stripe.state import Part


def kept_objects(changed: Callable[[], None]) -> Part:
    """Its store as a part of the state. Left alone it writes all of it to one file for all, at every change."""
    store: dict[str, Any] = resources.store
    vars(store)["dump_to_disk"] = changed
    # Its own webhooks carry the time of the event, not of the delivery, and are sent once; ours go out instead.
    resources.schedule_webhook = lambda _event: None
    return store


def stored(kind: str, identifier: str) -> Resource | None:
    """Returns an object of the store in the form of the API, or None. It saves a request per object of a list."""
    found = resources.store.get(f"{kind}:{identifier}")
    if found is None:
        return None
    copied: Resource = json.loads(json.dumps(found._export()))  # noqa: SLF001  what its API answers with
    return copied


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[str]:
    """Serves it; the value is its URL."""
    runner = web.AppRunner(server.app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
