"""The routing table of Stripe's API: the operation of each method and path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tools.local.stripe.disputes import Disputes
from tools.local.stripe.event_log import EventLog
from tools.local.stripe.payment_intents import PaymentIntents
from tools.local.stripe.payment_methods import PaymentMethods
from tools.local.stripe.refunds import Refunds
from tools.local.stripe.resource_index import ResourceIndex

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tools.local.stripe.call import Call, Operation, Resource
    from tools.local.stripe.state import State
    from tools.local.stripe.upstream import Upstream
    from tools.local.stripe.webhooks import Webhooks

type _ById = Callable[[str, Call], Awaitable[Resource]]


@dataclass(frozen=True)
class Route:
    """An operation with its method and path, in which `{id}` is a parameter."""

    method: str
    path: str
    operation: Operation
    allows_publishable_key: bool = False


class Operations:
    """All operations. Requests that match no route are forwarded to localstripe unchanged."""

    def __init__(self, upstream: Upstream, webhooks: Webhooks, state: State) -> None:
        self._upstream = upstream
        self._index = ResourceIndex(state)
        event_log = EventLog(self._index, webhooks, state)
        methods = PaymentMethods(upstream, state)
        intents = PaymentIntents(upstream, methods, self._index, event_log, state)
        self.disputes = Disputes(upstream, self._index, event_log, state)
        refunds = Refunds(upstream, methods, self._index, event_log, state, disputes=self.disputes)
        self._routes = (
            Route("POST", "/v1/payment_intents", intents.create),
            Route("GET", "/v1/payment_intents", self._list("payment_intent", intents.by_id)),
            Route("GET", "/v1/payment_intents/{id}", intents.retrieve),
            Route("POST", "/v1/payment_intents/{id}", intents.update),
            Route("POST", "/v1/payment_intents/{id}/confirm", intents.confirm, allows_publishable_key=True),
            Route("POST", "/v1/payment_intents/{id}/cancel", intents.cancel),
            Route("POST", "/v1/payment_intents/{id}/capture", intents.capture),
            Route("POST", "/v1/payment_methods", methods.create, allows_publishable_key=True),
            Route("GET", "/v1/payment_methods/{id}", methods.retrieve),
            Route("POST", "/v1/refunds", refunds.create),
            Route("GET", "/v1/refunds", self._list("refund", refunds.by_id)),
            Route("GET", "/v1/refunds/{id}", refunds.retrieve),
            Route("GET", "/v1/charges", self._list("charge", refunds.charge_by_id)),
            Route("GET", "/v1/charges/{id}", refunds.charge),
            Route("GET", "/v1/disputes", self._list("dispute", self.disputes.by_id)),
            Route("GET", "/v1/disputes/{id}", self.disputes.retrieve),
            Route("GET", "/v1/events", self._list("event", event_log.by_id)),
            Route("GET", "/v1/events/{id}", event_log.retrieve),
        )

    def find(self, method: str, path: str) -> tuple[Route, str]:
        """Returns the route of a request, and the id in its path."""
        for route in self._routes:
            matched = re.fullmatch(route.path.replace("{id}", r"([A-Za-z0-9_]+)"), path)
            if matched and route.method == method:
                return route, matched[1] if matched.re.groups else ""
        return Route(method, path, self._forward), ""

    async def _forward(self, call: Call) -> Resource:
        if call.method == "POST":
            return await self._upstream.post(call.path, call.without())
        query = urlencode({name: value for name, value in call.without().items() if isinstance(value, str)})
        return await self._upstream.send(call.method, f"{call.path}?{query}")

    def _list(self, kind: str, by_id: _ById) -> Operation:
        async def listed(call: Call) -> Resource:
            page = self._index.page(kind, call.parameters)
            return {
                "object": "list",
                "url": call.path,
                "has_more": page.has_more,
                "data": [await by_id(entry.identifier, call) for entry in page.entries],
            }

        return listed
