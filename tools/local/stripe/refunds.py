"""Charges and refunds. The refunds of a charge never exceed its amount."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.local.stripe import serializers
from tools.local.stripe.errors import invalid
from tools.local.stripe.intent_parameters import check_granularity
from tools.local.stripe.parameters import as_integer

if TYPE_CHECKING:
    from tools.local.stripe.call import Call, Resource
    from tools.local.stripe.disputes import Disputes
    from tools.local.stripe.event_log import EventLog
    from tools.local.stripe.payment_methods import PaymentMethods
    from tools.local.stripe.resource_index import ResourceIndex
    from tools.local.stripe.state import State
    from tools.local.stripe.upstream import Upstream


class Refunds:
    """The operations on charges and refunds."""

    def __init__(
        self,
        upstream: Upstream,
        methods: PaymentMethods,
        index: ResourceIndex,
        event_log: EventLog,
        state: State,
        *,
        disputes: Disputes,
    ) -> None:
        self._upstream = upstream
        self._methods = methods
        self._index = index
        self._event_log = event_log
        self._disputes = disputes
        self._extras = state.part("extras")

    async def create(self, call: Call) -> Resource:
        """Refund the rest of a charge, or a part of it."""
        charge = await self._charge_of(call)
        amount = _amount(charge, as_integer(call.parameters, "amount"))
        self._disputes.refuse_refund(charge, amount)
        body = {"charge": charge["id"], "amount": amount, "metadata": call.parameters.get("metadata") or {}}
        raw = await self._upstream.post("/v1/refunds", body)
        intent = charge["payment_intent"]
        self._extras[raw["id"]] = {"payment_intent": intent, "reason": call.parameters.get("reason")}
        self._index.add(raw, charge=charge["id"], payment_intent=intent)
        serialized = self._serialized(raw)
        self._event_log.record("refund.created", serialized, call)
        charge = serializers.charge(await self._upstream.get("charge", charge["id"]))
        self._event_log.record("charge.refunded", charge, call)
        self._event_log.record("refund.updated", serialized, call)
        return serialized

    async def retrieve(self, call: Call) -> Resource:
        """Returns a refund."""
        return await self.by_id(call.identifier, call)

    async def by_id(self, identifier: str, _call: Call) -> Resource:
        """Returns a refund of a list."""
        return self._serialized(await self._upstream.get("refund", identifier))

    async def charge(self, call: Call) -> Resource:
        """Returns a charge."""
        return await self.charge_by_id(call.identifier, call)

    async def charge_by_id(self, identifier: str, _call: Call) -> Resource:
        """Returns a charge of a list."""
        raw = await self._upstream.get("charge", identifier)
        return serializers.charge(raw, self._methods.decline_of(raw["payment_method"]))

    async def _charge_of(self, call: Call) -> Resource:
        named = call.parameters.get("charge")
        if named is None:
            intent = call.parameters.get("payment_intent")
            if intent is None:
                raise invalid("One of the following params should be provided: payment_intent or charge.")
            raw = await self._upstream.get("payment_intent", intent)
            if (call.forced_status or raw["status"]) != "succeeded":
                raise invalid(f"This PaymentIntent ({intent}) does not have a successful charge to refund.")
            named = raw["latest_charge"]["id"]
        charge = await self._upstream.get("charge", named)
        if charge["status"] != "succeeded":
            raise invalid(f"Charge {named} cannot be refunded: it is {charge['status']}.", param="charge")
        return charge

    def _serialized(self, raw: Resource) -> Resource:
        return serializers.refund(raw, self._extras.get(raw["id"], {}))


def _amount(charge: Resource, wanted: int | None) -> int:
    left = int(charge["amount"]) - int(charge["amount_refunded"])
    if left == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = left if wanted is None else wanted
    if amount < 1:
        code = "parameter_invalid_integer"
        raise invalid("This value must be greater than or equal to 1.", code=code, param="amount")
    if amount > left:
        # Stripe has no code for that.
        raise invalid(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")
    check_granularity(amount, charge["currency"])
    return amount
