"""The events: what happened, in Stripe's form, kept for lists and handed to the webhooks."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from tools.local.stripe.errors import missing

if TYPE_CHECKING:
    from tools.local.stripe.book import Book
    from tools.local.stripe.call import Call, Resource
    from tools.local.stripe.state import State
    from tools.local.stripe.webhooks import Webhooks

_API_VERSION = "2026-10-28.endive"  # what the `stripe` package of the lock file speaks
_KEPT = 2000  # Stripe keeps those of thirty days


def event(kind: str, resource: Resource, **request: Any) -> Resource:
    """An event about a resource. `request` says which request caused it."""
    return {
        "id": f"evt_{secrets.token_hex(12)}",
        "object": "event",
        "api_version": _API_VERSION,
        "created": int(time.time()),
        "data": {"object": resource},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": request.get("id"), "idempotency_key": request.get("idempotency_key")},
        "type": kind,
    }


class Journal:
    """The latest events."""

    def __init__(self, book: Book, webhooks: Webhooks, state: State) -> None:
        self._book = book
        self._webhooks = webhooks
        self._events: dict[str, Resource] = state.part("events")

    def record(self, kind: str, resource: Resource, call: Call) -> None:
        """Keep an event and have it delivered."""
        happened = event(kind, resource, id=call.request_id, idempotency_key=call.idempotency_key)
        self._events[happened["id"]] = happened
        while len(self._events) > _KEPT:
            oldest = next(iter(self._events))
            del self._events[oldest]
            self._book.strike(oldest)
        self._book.enter(happened, type=kind)
        self._webhooks.publish(happened)

    async def retrieve(self, call: Call) -> Resource:
        """An event by its id."""
        return await self.by_id(call.identifier, call)

    async def by_id(self, identifier: str, _call: Call) -> Resource:
        """An event of a list."""
        if identifier not in self._events:
            raise missing("event", identifier)
        return self._events[identifier]
