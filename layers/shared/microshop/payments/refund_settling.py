"""How a provider update changes a refund and its order. The same rules as for payments hold: see settling.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from microshop.limits import MAX_REASON_LENGTH
from microshop.orders.amounts import is_consistent
from microshop.orders.events import OrderCancelled, RestockedLine, order_fields, restocked_lines
from microshop.orders.history import Actor, Change
from microshop.orders.states import (
    CANCEL_FOREIGN,
    CANCEL_REFUNDED,
    REFUND_FOREIGN,
    REFUND_IN_REVIEW,
    REFUND_NOTHING,
    REFUND_PART,
    REFUND_PART_FOREIGN,
    REFUND_WHOLE,
    REFUND_WHOLE_IN_REVIEW,
    REVERSE_FOREIGN,
    REVERSE_PART_OF_REFUND,
    REVERSE_REFUND,
    REVERSE_REFUND_IN_REVIEW,
    Transition,
)
from microshop.payments.events import OrderPaymentChanged, OrderRefunded
from microshop.payments.outcomes import Outcome
from microshop.payments.providers import is_automatic
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
_OF_FOREIGN_MONEY = (REFUND_PART_FOREIGN, REFUND_FOREIGN, REVERSE_FOREIGN)
_ALL_BACK = "all money that came for it was refunded"


@retried
def settle_refund(refund: Refund, uow: PaymentsUnitOfWork, settle: Callable[[RefundSettlement], Outcome]) -> Outcome:
    """Lock a refund, its payment and its order, `settle` them and commit. Returns the outcome."""
    with uow:
        current, payment, order = uow.lock_refund(refund)
        outcome = settle(RefundSettlement(current, payment, order, uow))
        uow.commit()
    return outcome


def goes_back(payment: Payment, order: Order) -> bool:
    """Whether the shop itself refunds all of the payment: the money is stray, or its order was called off."""
    is_due = payment.state == "stray" or order.status in ("cancelled", "expired")
    return is_due and is_automatic(payment.provider)


def refund_what_is_due(
    payment: Payment, order: Order, uow: PaymentsUnitOfWork, reason: str, at_most: int | None = None
) -> None:
    """Request the refund of what is left of a locked payment and not withheld, if it goes back."""
    if not goes_back(payment, order):
        return
    current, _ = uow.lock_payment(payment)
    amount = current.refundable_minor if at_most is None else min(current.refundable_minor, at_most)
    if amount:
        uow.refunds.request(current, amount, "surplus" if current.state == "stray" else "cancelled", reason=reason)


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
        if self.refund.state != "succeeded" or not self._is_of_the_order() or self._reverse(reason):
            return Outcome.REFUND_FAILED
        return Outcome.ORDER_UNCHANGED

    def _pending(self, reference: str) -> Outcome:
        self.uow.refunds.set_state(self.refund, "pending", reference=reference, check_in=_CHECK_PENDING_AFTER)
        self.uow.ledger.append_refund_entry(self.refund, "refund_pending", reference=reference)
        return Outcome.REFUND_PENDING

    def _succeeded(self, reference: str) -> Outcome:
        self.uow.refunds.set_state(self.refund, "succeeded", reference=reference)
        self.uow.ledger.append_refund_entry(self.refund, "refunded", reference=reference)
        if not self._is_of_the_order() or not (self.refund.amount_minor or self.refund.restock):
            return Outcome.REFUNDED  # a refund of 0 without units: the order has ended and restocked them already
        restock = self.refund.restock
        of_payment = self._refunded_of_payment()
        left = self.payment.captured_minor - of_payment
        after = self._change(
            self._transition(is_whole=not left),
            lambda after: OrderRefunded(
                **order_fields(after),
                refund_id=self.refund.id,
                amount_minor=self.refund.amount_minor,
                refunded_minor=of_payment,
                refund_currency=self.refund.currency,
                left_minor=left,
                restocked=[RestockedLine(product_id=line.product_id, quantity=line.quantity) for line in restock],
            ),
            self._of_the_order_minor(),
            note=self.refund.reason,
            actor=self._requester(),
        )
        units = [(line.product_id, line.quantity) for line in restock]
        self.uow.stock.restock(self.order, self.refund.id, units, "came back with a refund")
        if after is None:
            return Outcome.ORDER_UNCHANGED
        return self._cancel(after) if after.status == "pending" and not left else Outcome.REFUNDED

    def _transition(self, *, is_whole: bool) -> Transition:
        if not self.refund.amount_minor:
            return REFUND_NOTHING
        if self.order.status == "pending":
            return REFUND_WHOLE_IN_REVIEW if is_whole else REFUND_IN_REVIEW
        if not self._is_in_its_currency():
            return REFUND_FOREIGN if is_whole else REFUND_PART_FOREIGN
        if is_whole:
            return REFUND_WHOLE
        return REFUND_IN_REVIEW if self.order.payment_status == "review" else REFUND_PART

    def _cancel(self, order: Order) -> Outcome:
        """Cancel a pending order once all that came for it is back: it cannot be paid again, and holds stock."""
        is_foreign = not self._is_in_its_currency()
        transition = CANCEL_FOREIGN if is_foreign else CANCEL_REFUNDED
        changes: OrderChanges = {"captured_minor": 0, "refunded_minor": 0} if is_foreign else {}
        after = order.after(transition, datetime.now(UTC), **changes)
        if not is_consistent(after.payment_status, after.captured_minor, after.refunded_minor):
            return Outcome.ORDER_UNCHANGED  # it stays in review
        event = OrderCancelled(
            **order_fields(after),
            previous_status=order.status,
            restocked=restocked_lines(order),
            dispute_status=order.dispute_status,
        )
        self.uow.orders.change(Change(after, transition.action, Actor.system(), event, _ALL_BACK), transition)
        self.uow.stock.put_back(after, None, "order cancelled")
        return Outcome.REFUNDED

    def _reverse(self, reason: str) -> bool:
        """Take a refund of the order back. Returns whether the order has a state for that."""
        amount = self._of_the_order_minor()
        if self.order.status == "pending":
            transition = REVERSE_REFUND_IN_REVIEW
        elif not self._is_in_its_currency():
            transition = REVERSE_FOREIGN
        elif self.order.payment_status == "review":
            transition = REVERSE_REFUND_IN_REVIEW
        else:
            transition = REVERSE_REFUND if amount == self.order.refunded_minor else REVERSE_PART_OF_REFUND
        after = self._change(
            transition,
            lambda after: OrderPaymentChanged(
                **order_fields(after),
                previous_payment_status=self.order.payment_status,
                reason=transition.action,
            ),
            -amount,
            note=reason[:MAX_REASON_LENGTH],
            actor=Actor.system(),
        )
        return after is not None

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
    ) -> Order | None:
        """Change the order, of whose money `refunded` more went back. Returns it as it is then.

        Returns None if its state or its amounts do not fit: what the provider has done is recorded all the same, and an
        error would have the webhook repeated for ever.
        """
        changes: OrderChanges = {"refunded_minor": self.order.refunded_minor + refunded}
        if transition in _OF_FOREIGN_MONEY:  # which an earlier release may have counted as the order's
            changes = {"captured_minor": 0, "refunded_minor": 0}
        if self.order.state not in transition.moves:
            return None
        after = self.order.after(transition, datetime.now(UTC), **changes)
        if not is_consistent(after.payment_status, after.captured_minor, after.refunded_minor):
            return None
        self.uow.orders.change(Change(after, transition.action, actor, event_of(after), note), transition)
        return after
