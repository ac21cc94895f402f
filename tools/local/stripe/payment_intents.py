"""The operations on payment intents: create, confirm, capture, cancel."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tools.local.stripe import serializers
from tools.local.stripe.errors import Refused, invalid
from tools.local.stripe.intent_parameters import creation_parameters, update_parameters
from tools.local.stripe.parameters import as_flag

if TYPE_CHECKING:
    from tools.local.stripe.call import Call, Resource
    from tools.local.stripe.event_log import EventLog
    from tools.local.stripe.payment_methods import PaymentMethods
    from tools.local.stripe.resource_index import ResourceIndex
    from tools.local.stripe.state import State
    from tools.local.stripe.upstream import Upstream

_CANCELLABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action")
_CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
_EVENTS = {
    "succeeded": "payment_intent.succeeded",
    "canceled": "payment_intent.canceled",
    "requires_action": "payment_intent.requires_action",
    "requires_capture": "payment_intent.amount_capturable_updated",
}


class PaymentIntents:
    """Payment intents. A declined one can be confirmed again with another card."""

    def __init__(
        self, upstream: Upstream, methods: PaymentMethods, index: ResourceIndex, event_log: EventLog, state: State
    ) -> None:
        self._upstream = upstream
        self._methods = methods
        self._index = index
        self._event_log = event_log
        self._extras = state.part("extras")

    async def create(self, call: Call) -> Resource:
        """Create a payment intent, and confirm it if `confirm` is true."""
        native, extras = creation_parameters(
            call.without("confirm", "off_session", "return_url", "payment_method_data")
        )
        if method := await self._chosen_method(call):
            native["payment_method"] = method
        raw = await self._upstream.post("/v1/payment_intents", native)
        self._extras[raw["id"]] = extras
        self._index.add(raw, customer=raw["customer"])
        self._event_log.record("payment_intent.created", self._serialized(raw), call)
        return (
            await self._confirmed(raw, call) if as_flag(call.parameters.get("confirm")) else self._response(raw, call)
        )

    async def retrieve(self, call: Call) -> Resource:
        """Returns a payment intent."""
        return self._response(await self._raw(call), call)

    async def by_id(self, identifier: str, call: Call) -> Resource:
        """Returns a payment intent of a list."""
        return self._response(await self._upstream.get("payment_intent", identifier), call)

    async def update(self, call: Call) -> Resource:
        """Update a payment intent. After another payment method, a declined one can be confirmed again."""
        raw = await self._raw(call)
        native, extras = update_parameters(call.without(), raw)
        if raw["status"] in {"succeeded", "canceled"} and native.keys() - {"metadata"}:
            raise self._unexpected(raw, call, "update", ())
        if method := await self._chosen_method(call):
            native |= {"payment_method": method, "latest_charge": None}
        raw = await self._upstream.post(f"/v1/payment_intents/{raw['id']}", native or {"metadata": {}})
        self._extras.setdefault(raw["id"], {}).update(extras)
        return self._response(raw, call)

    async def confirm(self, call: Call) -> Resource:
        """Charge the card. A web page needs the client secret.

        Raises:
            Refused: the card was declined, or the status of the intent does not allow it.
        """
        raw = await self._raw(call)
        if call.is_publishable or "client_secret" in call.parameters:
            _check_client_secret(call, raw)
        return await self._confirmed(raw, call)

    async def cancel(self, call: Call) -> Resource:
        """Cancel a payment intent that is not paid."""
        raw = await self._raw(call)
        if (call.forced_status or raw["status"]) not in _CANCELLABLE:
            raise self._unexpected(raw, call, "cancel", _CANCELLABLE)
        raw = await self._upstream.post(f"/v1/payment_intents/{raw['id']}/cancel")
        cancelled = {"cancellation_reason": call.parameters.get("cancellation_reason"), "canceled_at": int(time.time())}
        self._extras.setdefault(raw["id"], {}).update(cancelled)
        return self._changed(raw, call)

    async def capture(self, call: Call) -> Resource:
        """Capture the authorized amount."""
        raw = await self._raw(call)
        if (call.forced_status or raw["status"]) != "requires_capture":
            raise self._unexpected(raw, call, "capture", ("requires_capture",))
        raw = await self._upstream.post(f"/v1/payment_intents/{raw['id']}/capture", call.without())
        return self._changed(raw, call)

    async def _confirmed(self, raw: Resource, call: Call) -> Resource:
        if raw["status"] not in _CONFIRMABLE:
            raise self._unexpected(raw, call, "confirm", _CONFIRMABLE)
        if method := await self._chosen_method(call):
            change = {"payment_method": method, "latest_charge": None, "next_action": None}
            raw = await self._upstream.post(f"/v1/payment_intents/{raw['id']}", change)
        elif raw["status"] == "requires_payment_method":
            raise invalid(
                "You cannot confirm this PaymentIntent because it's missing a payment method.",
                code="payment_intent_unexpected_state",
                payment_intent=self._response(raw, call),
            )
        try:
            raw = await self._upstream.post(f"/v1/payment_intents/{raw['id']}/confirm")
        except Refused as refused:
            if refused.status != 402:
                raise
            raise await self._declined(raw["id"], call) from None
        return self._changed(raw, call)

    async def _declined(self, identifier: str, call: Call) -> Refused:
        raw = await self._upstream.get("payment_intent", identifier)
        self._changed(raw, call, event="payment_intent.payment_failed")
        error = serializers.payment_error(raw, self._methods.decline_of(raw["payment_method"])) or {}
        fields = {name: value for name, value in error.items() if name not in {"type", "message"}}
        return Refused(402, "card_error", str(error.get("message")), **fields, payment_intent=self._response(raw, call))

    def _changed(self, raw: Resource, call: Call, event: str | None = None) -> Resource:
        """Add the charge to the index, record the event, and return the response. A forced status records no event."""
        if raw["latest_charge"]:
            self._index.add(raw["latest_charge"], payment_intent=raw["id"], customer=raw["customer"])
        name = event or _EVENTS.get(raw["status"])
        if name and not call.forced_status:
            self._event_log.record(name, self._serialized(raw), call)
        return self._response(raw, call)

    async def _raw(self, call: Call) -> Resource:
        return await self._upstream.get("payment_intent", call.identifier)

    async def _chosen_method(self, call: Call) -> str | None:
        if isinstance(data := call.parameters.get("payment_method_data"), dict):
            created = await self._methods.of({name: data[name] for name in ("type", "card") if name in data})
            return str(created["id"])
        name = call.parameters.get("payment_method")
        return str((await self._methods.named(name))["id"]) if name else None

    def _response(self, raw: Resource, call: Call) -> Resource:
        serialized = self._serialized(raw, call.expand)
        if call.forced_status:
            serialized["status"] = call.forced_status
        return serializers.public_fields(serialized) if call.is_publishable else serialized

    def _serialized(self, raw: Resource, expand: list[str] | None = None) -> Resource:
        decline = self._methods.decline_of(raw["payment_method"])
        return serializers.payment_intent(raw, self._extras.get(raw["id"], {}), decline, expand or ())

    def _unexpected(self, raw: Resource, call: Call, action: str, allowed: tuple[str, ...]) -> Refused:
        status = call.forced_status or raw["status"]
        only = f" Allowed statuses: {', '.join(allowed)}." if allowed else ""
        return invalid(
            f"You cannot {action} this PaymentIntent because it has a status of {status}.{only}",
            code="payment_intent_unexpected_state",
            payment_intent=self._response(raw, call),
        )


def _check_client_secret(call: Call, raw: Resource) -> None:
    given: Any = call.parameters.get("client_secret")
    if given != raw["client_secret"]:
        raise invalid(
            "The client_secret provided does not match the client_secret associated with this PaymentIntent.",
            param="client_secret",
        )
