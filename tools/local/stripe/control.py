"""Routes that Stripe does not have: webhook endpoint, faults, deliveries, disputes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tools.local.stripe.errors import Refused, invalid
from tools.local.stripe.event_log import new_event
from tools.local.stripe.parameters import from_json
from tools.local.stripe.webhooks import Endpoint

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tools.local.stripe.disputes import Disputes
    from tools.local.stripe.faults import Faults
    from tools.local.stripe.webhooks import Webhooks


class Control:
    """Handles `/_…`, for the local stack and tests."""

    def __init__(self, faults: Faults, webhooks: Webhooks, disputes: Disputes) -> None:
        self._faults = faults
        self._webhooks = webhooks
        self._disputes = disputes

    def routes(self) -> list[web.RouteDef]:
        """Returns the routes."""
        return [
            web.get("/_health", _guarded(self._health)),
            web.post("/_config/webhook", _guarded(self._configure)),
            web.delete("/_config/webhook", _guarded(self._configure_none)),
            web.get("/_faults", _guarded(self._list_faults)),
            web.post("/_faults", _guarded(self._set_faults)),
            web.delete("/_faults", _guarded(self._clear_faults)),
            web.get("/_webhooks", _guarded(self._list_webhooks)),
            web.post("/_webhooks/release", _guarded(self._release)),
            web.post("/_webhooks/send", _guarded(self._send)),
            web.post("/_disputes", _guarded(self._dispute)),
            web.post("/_disputes/{id}", _guarded(self._decide)),
        ]

    async def _health(self, _: web.Request) -> Any:
        return {"status": "ok"}

    async def _configure(self, request: web.Request) -> Any:
        """`{"url", "secret"}`, and optionally `pauses`: seconds between attempts."""
        body = from_json(await request.text())
        try:
            self._webhooks.configure(Endpoint(**body))
        except TypeError as error:
            raise invalid(str(error)) from None
        return {}

    async def _configure_none(self, _: web.Request) -> Any:
        self._webhooks.configure(None)
        return {}

    async def _list_faults(self, _: web.Request) -> Any:
        return self._faults.listed()

    async def _set_faults(self, request: web.Request) -> Any:
        """A list of rules (see Fault), with at most one `{"webhooks": {"hold": true, "duplicate": n}}`.

        `duplicate` is the number of additional deliveries of each event.
        """
        rules = (from_json(f'{{"rules": {await request.text()}}}'))["rules"]
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            raise invalid("Send the faults as a list of rules.")
        self._faults.set([rule for rule in rules if "webhooks" not in rule])
        for rule in rules:
            wanted = rule.get("webhooks", {})
            self._webhooks.hold = bool(wanted.get("hold", self._webhooks.hold))
            self._webhooks.duplicates = int(wanted.get("duplicate", self._webhooks.duplicates))
        return self._faults.listed()

    async def _clear_faults(self, _: web.Request) -> Any:
        """Remove all faults and deliver held webhooks."""
        self._faults.clear()
        self._webhooks.duplicates = 0
        await self._webhooks.release()
        return []

    async def _list_webhooks(self, _: web.Request) -> Any:
        return self._webhooks.listed()

    async def _release(self, request: web.Request) -> Any:
        """Optionally `{"order": "reverse"}`."""
        order = from_json(await request.text() or "{}").get("order")
        return [asdict(delivery) for delivery in await self._webhooks.release(in_reverse=order == "reverse")]

    async def _send(self, request: web.Request) -> Any:
        """`{"type": "charge.dispute.created", "object": {…}}`, and optionally `id`: deliver an event now."""
        body = from_json(await request.text())
        if not isinstance(body.get("type"), str) or not isinstance(body.get("object"), dict):
            raise invalid("Send an event with `type` and `object`.")
        sent = new_event(body["type"], body["object"]) | ({"id": body["id"]} if "id" in body else {})
        return asdict(await self._webhooks.send(sent))

    async def _dispute(self, request: web.Request) -> Any:
        """`{"payment_intent": "pi_…"}`, and optionally `status`, `amount` and `reason`: open a dispute."""
        return await self._disputes.open(from_json(await request.text()))

    async def _decide(self, request: web.Request) -> Any:
        """`{"status": "won"}`, or another status of Stripe's disputes."""
        return await self._disputes.decide(request.match_info["id"], from_json(await request.text()))


def _guarded(handler: Callable[[web.Request], Awaitable[Any]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Refuse requests of web pages, and host names other than this machine's (DNS rebinding). No key is needed."""

    async def guarded(request: web.Request) -> web.Response:
        if "Origin" in request.headers or request.url.host not in {"127.0.0.1", "localhost"}:
            return web.json_response({"error": {"message": "Web pages may not call this route."}}, status=403)
        try:
            return web.json_response(await handler(request))
        except Refused as refused:
            return web.json_response(refused.body, status=refused.status)

    return guarded
