"""Charges and their refunds: never more money back than was paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.local.stripe import shapes
from tools.local.stripe.errors import invalid
from tools.local.stripe.intent_parameters import check_step
from tools.local.stripe.parameters import as_integer

if TYPE_CHECKING:
    from tools.local.stripe.book import Book
    from tools.local.stripe.call import Call, Resource
    from tools.local.stripe.disputes import Disputes
    from tools.local.stripe.journal import Journal
    from tools.local.stripe.payment_methods import PaymentMethods
    from tools.local.stripe.state import State
    from tools.local.stripe.upstream import Upstream


class Refunds:
    """The operations on charges and refunds."""

    def __init__(
        self,
        upstream: Upstream,
        methods: PaymentMethods,
        book: Book,
        journal: Journal,
        state: State,
        *,
        disputes: Disputes,
    ) -> None:
        self._upstream = upstream
        self._methods = methods
        self._book = book
        self._journal = journal
        self._disputes = disputes
        self._extras = state.part("extras")

    async def create(self, call: Call) -> Resource:
        """Give back what is left of a charge, or a part of it."""
        charge = await self._charge_of(call)
        amount = _amount(charge, as_integer(call.parameters, "amount"))
        self._disputes.refuse_refund(charge, amount)
        body = {"charge": charge["id"], "amount": amount, "metadata": call.parameters.get("metadata") or {}}
        raw = await self._upstream.post("/v1/refunds", body)
        intent = charge["payment_intent"]
        self._extras[raw["id"]] = {"payment_intent": intent, "reason": call.parameters.get("reason")}
        self._book.enter(raw, charge=charge["id"], payment_intent=intent)
        shaped = self._shaped(raw)
        self._journal.record("refund.created", shaped, call)
        charge = shapes.charge(await self._upstream.get("charge", charge["id"]))
        self._journal.record("charge.refunded", charge, call)
        self._journal.record("refund.updated", shaped, call)
        return shaped

    async def retrieve(self, call: Call) -> Resource:
        """A refund by its id."""
        return await self.by_id(call.identifier, call)

    async def by_id(self, identifier: str, _call: Call) -> Resource:
        """A refund of a list."""
        return self._shaped(await self._upstream.get("refund", identifier))

    async def charge(self, call: Call) -> Resource:
        """A charge by its id."""
        return await self.charge_by_id(call.identifier, call)

    async def charge_by_id(self, identifier: str, _call: Call) -> Resource:
        """A charge of a list."""
        raw = await self._upstream.get("charge", identifier)
        return shapes.charge(raw, self._methods.decline_of(raw["payment_method"]))

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

    def _shaped(self, raw: Resource) -> Resource:
        return shapes.refund(raw, self._extras.get(raw["id"], {}))


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
    check_step(amount, charge["currency"])
    return amount
