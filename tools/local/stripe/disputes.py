"""Disputes, which localstripe does not have. Requests to `/_disputes` open and decide them."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from tools.local.stripe.call import Call
from tools.local.stripe.errors import invalid, missing
from tools.local.stripe.parameters import as_integer

if TYPE_CHECKING:
    from tools.local.stripe.call import Resource
    from tools.local.stripe.event_log import EventLog
    from tools.local.stripe.resource_index import ResourceIndex
    from tools.local.stripe.state import State
    from tools.local.stripe.upstream import Upstream

_FEE = 1500
_RESPOND_WITHIN_SECONDS = 9 * 24 * 60 * 60
_OPEN = ("needs_response", "under_review", "appeal_needs_response", "appeal_under_review")
_INQUIRIES = ("warning_needs_response", "warning_under_review")
_CLOSED = ("won", "lost", "warning_closed", "prevented")
# The bank holds the funds, so the charge cannot be refunded.
_CHARGED_BACK = (*_OPEN, "lost")
_CONTROL_CALL = Call("POST", "/_disputes", "", {})


class Disputes:
    """The disputes by id."""

    def __init__(self, upstream: Upstream, index: ResourceIndex, event_log: EventLog, state: State) -> None:
        self._upstream = upstream
        self._index = index
        self._event_log = event_log
        self._state = state
        self._disputes: dict[str, Resource] = state.part("disputes")

    async def open(self, parameters: dict[str, Any]) -> Resource:
        """Dispute a payment: `payment_intent`, and optionally `status`, `amount` and `reason`."""
        intent = await self._upstream.get("payment_intent", str(parameters.get("payment_intent")))
        charge, status = intent["latest_charge"], str(parameters.get("status", "needs_response"))
        if intent["status"] != "succeeded" or status not in (*_OPEN, *_INQUIRIES):
            raise invalid(f"A payment that is {intent['status']} cannot be disputed as {status}.")
        now, amount = int(time.time()), as_integer(parameters, "amount")
        if amount is not None and not 0 < amount <= charge["amount"]:
            raise invalid(f"A charge of {charge['amount']} cannot be disputed over {amount}.", param="amount")
        dispute = {
            "id": f"du_{secrets.token_hex(12)}",
            "object": "dispute",
            "amount": charge["amount"] if amount is None else amount,
            "balance_transactions": [],
            "charge": charge["id"],
            "created": now,
            "currency": charge["currency"],
            "evidence": {},
            "evidence_details": {
                "due_by": now + _RESPOND_WITHIN_SECONDS,
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
            },
            "is_charge_refundable": status in _INQUIRIES,
            "livemode": False,
            "metadata": {},
            "payment_intent": intent["id"],
            "reason": str(parameters.get("reason", "fraudulent")),
            "status": status,
        }
        self._disputes[dispute["id"]] = dispute
        self._index.add(dispute, charge=charge["id"], payment_intent=intent["id"])
        self._record("created", dispute)
        return self._with_funds(dispute)

    async def decide(self, identifier: str, parameters: dict[str, Any]) -> Resource:
        """Set the `status` of a dispute, such as `won`."""
        before, status = self._named(identifier), str(parameters.get("status"))
        if status not in (*_OPEN, *_INQUIRIES, *_CLOSED):
            raise invalid(f"A dispute has no status {status}.", param="status")
        dispute = {**before, "status": status, "is_charge_refundable": status not in _CHARGED_BACK}
        self._disputes[identifier] = dispute
        self._record("closed" if status in _CLOSED else "updated", dispute)
        return self._with_funds(dispute)

    async def retrieve(self, call: Call) -> Resource:
        """Returns a dispute."""
        return self._named(call.identifier)

    async def by_id(self, identifier: str, _call: Call) -> Resource:
        """Returns a dispute of a list."""
        return self._named(identifier)

    def refuse_refund(self, charge: Resource, amount: int) -> None:
        """Refuse a refund that is larger than the rest after refunds and chargebacks.

        Raises:
            Refused: the charge was charged back, and the rest is smaller than the amount.
        """
        disputes = [each for each in self._disputes.values() if each["charge"] == charge["id"]]
        back = sum(each["amount"] for each in disputes if each["status"] in _CHARGED_BACK)
        if back and amount > charge["amount"] - charge["amount_refunded"] - back:
            raise invalid(f"Charge {charge['id']} has been charged back; cannot refund that.", code="charge_disputed")

    def _with_funds(self, dispute: Resource) -> Resource:
        """Move funds as the status requires. Each movement has its own event."""
        moves = len(dispute["balance_transactions"])
        if dispute["status"] in (*_CHARGED_BACK, "won") and moves == 0:
            dispute = self._move(dispute, -dispute["amount"], _FEE, "withdrawn")
            moves = 1
        if dispute["status"] == "won" and moves == 1:
            dispute = self._move(dispute, dispute["amount"], 0, "reinstated")
        return dispute

    def _move(self, dispute: Resource, amount: int, fee: int, what: str) -> Resource:
        transaction = {
            "id": f"txn_{secrets.token_hex(12)}",
            "object": "balance_transaction",
            "amount": amount,
            "created": int(time.time()),
            "currency": dispute["currency"],
            "description": f"Chargeback {what} for {dispute['charge']}",
            "fee": fee,
            "net": amount - fee,
            "source": dispute["id"],
            "status": "pending",
            "type": "adjustment",
        }
        moved = {**dispute, "balance_transactions": [*dispute["balance_transactions"], transaction]}
        self._disputes[dispute["id"]] = moved
        self._record(f"funds_{what}", moved)
        return moved

    def _record(self, what: str, dispute: Resource) -> None:
        self._event_log.record(f"charge.dispute.{what}", dispute, _CONTROL_CALL)
        self._state.mark_changed()

    def _named(self, identifier: str) -> Resource:
        if identifier not in self._disputes:
            raise missing("dispute", identifier)
        return self._disputes[identifier]
