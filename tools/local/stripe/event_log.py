"""The event log: events in Stripe's form, stored for lists and delivered as webhooks."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from tools.local.stripe.errors import missing

if TYPE_CHECKING:
    from tools.local.stripe.call import Call, Resource
    from tools.local.stripe.resource_index import ResourceIndex
    from tools.local.stripe.state import State
    from tools.local.stripe.webhooks import Webhooks

_API_VERSION = "2026-10-28.endive"  # the API version of the `stripe` package in the lock file
_MAX_EVENTS = 2000  # Stripe keeps events for 30 days


def new_event(kind: str, resource: Resource, **request: Any) -> Resource:
    """Returns an event about a resource. `request` has the ids of the request that caused it."""
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


class EventLog:
    """The latest events."""

    def __init__(self, index: ResourceIndex, webhooks: Webhooks, state: State) -> None:
        self._index = index
        self._webhooks = webhooks
        self._events: dict[str, Resource] = state.part("events")

    def record(self, kind: str, resource: Resource, call: Call) -> None:
        """Store an event and publish it."""
        event = new_event(kind, resource, id=call.request_id, idempotency_key=call.idempotency_key)
        self._events[event["id"]] = event
        while len(self._events) > _MAX_EVENTS:
            oldest = next(iter(self._events))
            del self._events[oldest]
            self._index.remove(oldest)
        self._index.add(event, type=kind)
        self._webhooks.publish(event)

    async def retrieve(self, call: Call) -> Resource:
        """Returns an event."""
        return await self.by_id(call.identifier, call)

    async def by_id(self, identifier: str, _call: Call) -> Resource:
        """Returns an event of a list."""
        if identifier not in self._events:
            raise missing("event", identifier)
        return self._events[identifier]
