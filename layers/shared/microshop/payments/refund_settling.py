"""How a provider update changes a refund and its order. The same rules as for payments hold: see settling.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from microshop.limits import MAX_REASON_LENGTH
from microshop.orders.events import RestockedLine, order_fields
from microshop.orders.history import Actor, Change
from microshop.orders.states import (
    REFUND_FOREIGN,
    REFUND_IN_REVIEW,
    REFUND_NOTHING,
    REFUND_PART,
    REFUND_WHOLE,
    REVERSE_PART_OF_REFUND,
    REVERSE_REFUND,
    REVERSE_REFUND_IN_REVIEW,
    REVIEW_PAYMENT,
    Transition,
)
from microshop.payments.events import OrderPaymentChanged, OrderRefunded
from microshop.payments.outcomes import Outcome
from microshop.transactions import retried

if TYPE_CHECKING:
    from collections.abc import Callable

    from microshop.orders.events import OrderEvent
    from microshop.orders.order import Order, OrderChanges
    from microshop.payments.payment import Payment, Refund
    from microshop.payments.providers.port import ProviderRefund
    from microshop.payments.unit_of_work import PaymentsUnitOfWork

# The final state normally comes by webhook; the check is for a lost one.
_CHECK_PENDING_AFTER = timedelta(hours=6)


@retried
def settle_refund(refund: Refund, uow: PaymentsUnitOfWork, settle: Callable[[RefundSettlement], Outcome]) -> Outcome:
    """Lock a refund, its payment and its order, `settle` them and commit. Returns the outcome."""
    with uow:
        current, payment, order = uow.lock_refund(refund)
        outcome = settle(RefundSettlement(current, payment, order, uow))
        uow.commit()
    return outcome


@dataclass(frozen=True)
class RefundSettlement:
    """A refund, its payment and its order, locked, as they are before the update."""

    refund: Refund
    payment: Payment
    order: Order
    uow: PaymentsUnitOfWork

    def settle(self, update: ProviderRefund) -> Outcome:
        """Apply the refund's current state at the provider. Returns the outcome."""
        state = self.refund.state
        match update.status:
            case "pending" if state == "requested":
                return self._pending(update.reference)
            case "succeeded" if state in ("requested", "pending"):
                return self._succeeded(update.reference)
            case "failed":
                return self.failed(update.failure or "no reason given", update.reference)
        return Outcome.NOTHING_NEW

    def failed(self, reason: str, reference: str | None = None) -> Outcome:
        """The refund failed: release the reserved money. An order that was refunded no longer is."""
        if self.refund.state == "failed":
            return Outcome.NOTHING_NEW
        self.uow.refunds.set_state(self.refund, "failed", reference=reference, failure=reason)
        self.uow.ledger.append_refund_entry(self.refund, "refund_failed", reference=reference or "", reason=reason)
        # An update of another refund, for which there was no room until now, may have come before.
        self.uow.payments.schedule_check(self.payment)
        if self.refund.state == "succeeded" and self._is_of_the_order():
            self._reverse(reason)
        return Outcome.REFUND_FAILED

    def _pending(self, reference: str) -> Outcome:
        self.uow.refunds.set_state(self.refund, "pending", reference=reference, check_in=_CHECK_PENDING_AFTER)
        self.uow.ledger.append_refund_entry(self.refund, "refund_pending", reference=reference)
        return Outcome.REFUND_PENDING

    def _succeeded(self, reference: str) -> Outcome:
        self.uow.refunds.set_state(self.refund, "succeeded", reference=reference)
        self.uow.ledger.append_refund_entry(self.refund, "refunded", reference=reference)
        if not self._is_of_the_order() or not (self.refund.amount_minor or self.refund.restock):
            return Outcome.REFUNDED  # a refund of 0 without units: the order has ended and restocked them already
        refunded = self.order.refunded_minor + self._of_the_order_minor()
        restock = self.refund.restock
        of_payment = self._refunded_of_payment()
        self._change(
            self._transition(is_whole=of_payment == self.payment.captured_minor),
            lambda after: OrderRefunded(
                **order_fields(after),
                refund_id=self.refund.id,
                amount_minor=self.refund.amount_minor,
                refunded_minor=of_payment,
                refund_currency=self.refund.currency,
                restocked=[RestockedLine(product_id=line.product_id, quantity=line.quantity) for line in restock],
            ),
            refunded,
            note=self.refund.reason,
            actor=self._requester(),
        )
        units = [(line.product_id, line.quantity) for line in restock]
        self.uow.stock.restock(self.order, self.refund.id, units, "came back with a refund")
        return Outcome.REFUNDED

    def _transition(self, *, is_whole: bool) -> Transition:
        if not self.refund.amount_minor:
            return REFUND_NOTHING
        if is_whole and not self._is_in_its_currency() and self.order.state in REFUND_FOREIGN.moves:
            return REFUND_FOREIGN
        if is_whole and self._is_in_its_currency() and self.order.state in REFUND_WHOLE.moves:
            return REFUND_WHOLE
        return REFUND_IN_REVIEW if self.order.payment_status == "review" else REFUND_PART

    def _reverse(self, reason: str) -> None:
        refunded = self.order.refunded_minor - self._of_the_order_minor()
        transition = REVERSE_PART_OF_REFUND if refunded else REVERSE_REFUND
        if self.order.payment_status == "review":
            transition = REVERSE_REFUND_IN_REVIEW
        elif not self._is_in_its_currency():
            transition = REVIEW_PAYMENT
        self._change(
            transition,
            lambda after: OrderPaymentChanged(
                **order_fields(after),
                previous_payment_status=self.order.payment_status,
                reason=transition.action,
            ),
            refunded,
            note=reason[:MAX_REASON_LENGTH],
            actor=Actor.system(),
        )

    def _is_in_its_currency(self) -> bool:
        return self.refund.currency == self.order.currency

    def _of_the_order_minor(self) -> int:
        """Returns the amount that counts for the order: 0 if the refund is in another currency."""
        return self.refund.amount_minor if self._is_in_its_currency() else 0

    def _refunded_of_payment(self) -> int:
        """Returns the total refunded of the payment, with this refund, in the payment's currency."""
        refunds = self.uow.queries.refunds(self.order.id)
        made = (each for each in refunds if each.payment_id == self.payment.id and each.state == "succeeded")
        return sum(each.amount_minor for each in made)

    def _is_of_the_order(self) -> bool:
        # A stray payment was never the order's: its refund changes the ledger alone.
        return self.payment.state in ("captured", "mismatched")

    def _requester(self) -> Actor:
        """Returns who requested the refund, also when the update comes by webhook."""
        admin = self.refund.requested_by
        return Actor.system() if admin is None else Actor("admin", admin)

    def _change(
        self,
        transition: Transition,
        event_of: Callable[[Order], OrderEvent],
        refunded: int,
        *,
        note: str | None,
        actor: Actor,
    ) -> None:
        changes: OrderChanges = {"refunded_minor": refunded}
        if transition is REFUND_FOREIGN:  # which the release before may have counted as the order's
            changes = {"captured_minor": 0, "refunded_minor": 0}
        after = self.order.after(transition, datetime.now(UTC), **changes)
        change = Change(after, transition.action, actor, event_of(after), note)
        self.uow.orders.change(change, transition)
