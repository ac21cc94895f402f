"""What a provider's word does to a refund and its order; see settling.py, which does the same for payments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from microshop.limits import MAX_REASON_LENGTH
from microshop.orders.events import OrderEvent, RestockedLine
from microshop.orders.history import Actor, Change
from microshop.orders.states import (
    LOSE_PART_OF_REFUND,
    LOSE_REFUND,
    LOSE_REFUND_IN_REVIEW,
    REFUND_IN_REVIEW,
    REFUND_PART,
    REFUND_WHOLE,
    Transition,
)
from microshop.payments.events import OrderPaymentChanged, OrderRefunded
from microshop.payments.settling import NOTHING_NEW

if TYPE_CHECKING:
    from microshop.orders.order import Order
    from microshop.payments.payment import Payment, Refund
    from microshop.payments.provider import ProviderRefund
    from microshop.payments.repository import PaymentsUnitOfWork

# A webhook tells how a refund that is on its way has ended; this is for the one that gets lost.
_ASK_AGAIN_AFTER = timedelta(hours=6)

REFUND_FAILED = "refund failed"


@dataclass(frozen=True)
class RefundSettlement:
    """A refund, its payment and its order, locked, as they are before the word that is settled."""

    refund: Refund
    payment: Payment
    order: Order
    transaction: PaymentsUnitOfWork

    def settle(self, told: ProviderRefund) -> str:
        """Bring all three in line with what the provider says; what that did, in a few words."""
        state = self.refund.state
        match told.status:
            case "pending" if state == "requested":
                return self._pending(told)
            case "succeeded" if state in ("requested", "pending"):
                return self._succeeded(told)
            case "failed" if state != "failed":
                return self.failed(told.failure or "no reason given", told.reference)
        return NOTHING_NEW

    def failed(self, reason: str, reference: str | None = None) -> str:
        """The money stays here: what was reserved is free again, and an order that was refunded is so no longer."""
        self.transaction.payments.change_refund(self.refund, "failed", reference=reference, failure=reason)
        self._enter("refund_failed", reference or "", reason)
        # The provider may have told of another one, for which there was no room while this one was booked.
        self.transaction.payments.check_soon(self.payment)
        if self.refund.state == "succeeded" and self._is_of_the_order():
            self._lost(reason)
        return REFUND_FAILED

    def _pending(self, told: ProviderRefund) -> str:
        self.transaction.payments.change_refund(
            self.refund, "pending", reference=told.reference, check_in=_ASK_AGAIN_AFTER
        )
        self._enter("refund_pending", told.reference)
        return "refund pending"

    def _succeeded(self, told: ProviderRefund) -> str:
        self.transaction.payments.change_refund(self.refund, "succeeded", reference=told.reference)
        self._enter("refunded", told.reference)
        if not self._is_of_the_order():
            return "refunded"
        refunded = self.order.refunded_minor + self.refund.amount_minor
        whole = refunded == self.order.captured_minor
        restocked = [RestockedLine(product_id=line.product_id, quantity=line.quantity) for line in self.refund.restock]
        self._change(
            self._made(whole=whole),
            OrderRefunded,
            refunded,
            note=self.refund.reason,
            actor=self._whoever_asked(),
            refund_id=self.refund.id,
            amount_minor=self.refund.amount_minor,
            refunded_minor=refunded,
            restocked=restocked,
        )
        units = [(line.product_id, line.quantity) for line in self.refund.restock]
        self.transaction.stock.restock(self.order, self.refund.id, units, "came back with a refund")
        return "refunded"

    def _made(self, *, whole: bool) -> Transition:
        if self.order.state in REFUND_WHOLE.leads and whole:
            return REFUND_WHOLE
        return REFUND_IN_REVIEW if self.order.payment_status == "review" else REFUND_PART

    def _lost(self, reason: str) -> None:
        refunded = self.order.refunded_minor - self.refund.amount_minor
        transition = LOSE_PART_OF_REFUND if refunded else LOSE_REFUND
        if self.order.payment_status == "review":
            transition = LOSE_REFUND_IN_REVIEW
        told = {"previous_payment_status": self.order.payment_status, "reason": transition.action}
        self._change(
            transition, OrderPaymentChanged, refunded, note=reason[:MAX_REASON_LENGTH], actor=Actor.system(), **told
        )

    def _is_of_the_order(self) -> bool:
        # A stray payment was never the order's: what happens to it is the ledger's matter alone.
        return self.payment.state in ("captured", "mismatched")

    def _enter(self, kind: Any, reference: str, reason: str | None = None) -> None:
        self.transaction.payments.enter(
            self.payment,
            kind,
            reference=reference,
            reason=reason,
            amount_minor=self.refund.amount_minor,
            refund_id=self.refund.id,
        )

    def _whoever_asked(self) -> Actor:
        # Also where the provider's word comes by a webhook.
        admin = self.refund.requested_by
        return Actor.system() if admin is None else Actor("admin", admin)

    def _change(
        self,
        transition: Transition,
        event: type[OrderEvent],
        refunded: int,
        *,
        note: str | None,
        actor: Actor,
        **tells: Any,
    ) -> None:
        after = self.order.after(transition, datetime.now(UTC), refunded_minor=refunded)
        change = Change(after, transition.action, actor, event.of(after, **tells), note)
        self.transaction.orders.change(change, transition)
