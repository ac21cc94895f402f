"""Payment methods of test cards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.local.stripe.cards import DECLINED_BY_LOCALSTRIPE, DECLINES, NAMED, Decline
from tools.local.stripe.errors import invalid

if TYPE_CHECKING:
    from tools.local.stripe.call import Call, Resource
    from tools.local.stripe.state import State
    from tools.local.stripe.upstream import Upstream


class PaymentMethods:
    """Payment methods. `_numbers` has the card numbers, because localstripe may have a substitute."""

    def __init__(self, upstream: Upstream, state: State) -> None:
        self._upstream = upstream
        self._state = state
        self._numbers = state.part("numbers")

    async def create(self, call: Call) -> Resource:
        """Create a payment method from the data of a card."""
        return await self.of(call.without("allow_redisplay", "client_secret"))

    async def retrieve(self, call: Call) -> Resource:
        """Returns a payment method by id. As with Stripe, the name of a test card creates one."""
        return await self.named(call.identifier)

    async def of(self, parameters: dict[str, Any]) -> Resource:
        """Create a payment method from its parameters."""
        given = parameters.get("card")
        if not isinstance(given, dict):
            if parameters.get("type") == "card":
                raise invalid("Missing required param: card.", code="parameter_missing", param="card")
            return await self._upstream.post("/v1/payment_methods", parameters)
        number = str(given.get("number", "")).replace(" ", "")
        substitute = DECLINED_BY_LOCALSTRIPE if number in DECLINES else number
        card = {name: given.get(name) for name in ("exp_month", "exp_year")}
        card |= {"number": substitute, "cvc": str(given.get("cvc", "123"))}
        created = await self._upstream.post("/v1/payment_methods", {**parameters, "card": card})
        self._numbers[created["id"]] = number
        self._state.mark_changed()
        return self._serialized(created)

    async def named(self, name: str) -> Resource:
        """Returns a payment method by its id, or a new one by the name of a test card.

        Raises:
            Refused: the id does not exist.
        """
        if name in NAMED:
            card = {"number": NAMED[name], "exp_month": 12, "exp_year": 2040, "cvc": "123"}
            return await self.of({"type": "card", "card": card})
        return self._serialized(await self._upstream.get("payment_method", name))

    def decline_of(self, identifier: str | None) -> Decline | None:
        """Returns why charges to this payment method are declined, or None."""
        return DECLINES.get(self._numbers.get(identifier or "", ""))

    def _serialized(self, raw: Resource) -> Resource:
        number = self._numbers.get(raw["id"])
        return {**raw, "card": {**raw["card"], "last4": number[-4:]}} if number else raw
