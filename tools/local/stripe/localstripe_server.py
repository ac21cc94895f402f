"""Starts localstripe on a separate loopback port. No other module accesses its internal store."""

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


def store_of_objects(mark_changed: Callable[[], None]) -> Part:
    """Returns the store as a part of the state. By default, localstripe writes the whole store at every change."""
    store: dict[str, Any] = resources.store
    vars(store)["dump_to_disk"] = mark_changed
    # Its webhooks are sent only once, with the time of the event instead of the delivery: webhooks.py replaces them.
    resources.schedule_webhook = lambda _event: None
    return store


def stored(kind: str, identifier: str) -> Resource | None:
    """Returns an object of the store as the API has it, or None. A list needs no request per object."""
    found = resources.store.get(f"{kind}:{identifier}")
    if found is None:
        return None
    copied: Resource = json.loads(json.dumps(found._export()))  # noqa: SLF001  as in its API
    return copied


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[str]:
    """Serve localstripe within the `with` block. The value is its URL."""
    runner = web.AppRunner(server.app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
