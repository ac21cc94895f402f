"""How a provider update changes a refund and its order, by the same rules as for payments (settling.py)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from microshop.limits import MAX_REASON_LENGTH
from microshop.orders.amounts import is_consistent
from microshop.orders.events import OrderCancelled, RestockedLine, order_fields, restocked_lines
from microshop.orders.history import Actor, Change
from microshop.orders.states import (
    CANCEL_FOREIGN,
    CANCEL_REFUNDED,
    REFUND_FREE,
    REFUND_FULL,
    REFUND_FULL_FOREIGN,
    REFUND_FULL_IN_REVIEW,
    REFUND_IN_REVIEW,
    REFUND_PARTIAL,
    REFUND_PARTIAL_FOREIGN,
    REVERSE_FOREIGN,
    REVERSE_PARTIAL_REFUND,
    REVERSE_REFUND,
    REVERSE_REFUND_IN_REVIEW,
    Transition,
)
from microshop.payments.events import OrderPaymentChanged, OrderRefunded
from microshop.payments.outcomes import Outcome
from microshop.payments.providers import is_automatic
from microshop.transactions import retry_on_conflict
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from microshop.orders.events import OrderEvent
    from microshop.orders.order import Order, OrderChanges
    from microshop.payments.payment import Payment, Refund
    from microshop.payments.providers.port import ProviderRefund
    from microshop.payments.unit_of_work import PaymentsUnitOfWork

# The final state normally arrives by webhook. The check is for a lost webhook.
_CHECK_PENDING_AFTER = timedelta(hours=6)
_FOREIGN = (REFUND_PARTIAL_FOREIGN, REFUND_FULL_FOREIGN, REVERSE_FOREIGN)
_FULLY_REFUNDED = "all of its payment was refunded"


@retry_on_conflict
def settle_refund(refund: Refund, uow: PaymentsUnitOfWork, settle: Callable[[RefundSettlement], Outcome]) -> Outcome:
    """Lock a refund, its payment and its order, `settle` them and commit. Returns the outcome."""
    with uow:
        current, payment, order = uow.lock_refund(refund)
        outcome = settle(RefundSettlement(current, payment, order, uow))
        uow.commit()
    return outcome


def must_be_refunded(payment: Payment, order: Order) -> bool:
    """Whether the shop itself refunds the whole payment: it is stray, or its order was cancelled or has expired."""
    is_due = payment.state == "stray" or order.status in ("cancelled", "expired")
    return is_due and is_automatic(payment.provider)


def request_due_refund(
    payment: Payment, order: Order, uow: PaymentsUnitOfWork, reason: str, limit_minor: int | None = None
) -> None:
    """Request the refund of the refundable rest of a locked payment, up to a limit, if the payment must be refunded."""
    if not must_be_refunded(payment, order):
        return
    current, _ = uow.lock_payment(payment)
    amount = current.refundable_minor if limit_minor is None else min(current.refundable_minor, limit_minor)
    if amount:
        uow.refunds.request(current, amount, "surplus" if current.state == "stray" else "cancelled", reason=reason)


class RefundSettlement(Value):
    """A locked refund, its payment and its order, in their state before the update."""

    refund: Refund
    payment: Payment
    order: Order
    uow: PaymentsUnitOfWork

    def settle(self, update: ProviderRefund) -> Outcome:
        """Apply the refund's current state at the provider. Returns the outcome."""
        state = self.refund.state
        match update.status:
            case "pending" if state == "requested":
                return self._record_pending(update.reference)
            case "succeeded" if state in ("requested", "pending"):
                return self._record_success(update.reference)
            case "failed":
                return self.record_failure(update.failure or "no reason given", update.reference)
        return Outcome.NOTHING_NEW

    def record_failure(self, reason: str, reference: str | None = None) -> Outcome:
        """Fail the refund, release the reserved money and undo the refund of the order. Returns the outcome."""
        if self.refund.state == "failed":
            return Outcome.NOTHING_NEW
        self.uow.refunds.set_state(self.refund, "failed", reference=reference, failure=reason)
        self.uow.ledger.append_refund_entry(self.refund, "refund_failed", reference=reference or "", reason=reason)
        # The released amount may allow another refund, whose update has arrived before.
        self.uow.payments.schedule_check(self.payment)
        if self.refund.state != "succeeded" or not self._belongs_to_order() or self._reverse(reason):
            return Outcome.REFUND_FAILED
        return Outcome.ORDER_UNCHANGED

    def _record_pending(self, reference: str) -> Outcome:
        self.uow.refunds.set_state(self.refund, "pending", reference=reference, check_in=_CHECK_PENDING_AFTER)
        self.uow.ledger.append_refund_entry(self.refund, "refund_pending", reference=reference)
        return Outcome.REFUND_PENDING

    def _record_success(self, reference: str) -> Outcome:
        self.uow.refunds.set_state(self.refund, "succeeded", reference=reference)
        self.uow.ledger.append_refund_entry(self.refund, "refunded", reference=reference)
        if not self._belongs_to_order() or not (self.refund.amount_minor or self.refund.restock):
            return Outcome.REFUNDED  # a refund of 0 without units: the order has ended and was restocked already
        restock = self.refund.restock
        total_refunded = self._total_refunded_minor()
        left = self.payment.captured_minor - total_refunded
        after = self._change(
            self._transition(is_full=not left),
            lambda after: OrderRefunded(
                **order_fields(after),
                refund_id=self.refund.id,
                amount_minor=self.refund.amount_minor,
                refunded_minor=total_refunded,
                refund_currency=self.refund.currency,
                left_minor=left,
                restocked=[RestockedLine(product_id=line.product_id, quantity=line.quantity) for line in restock],
            ),
            self._order_amount_minor(),
            note=self.refund.reason,
            actor=self._requester(),
        )
        units = [(line.product_id, line.quantity) for line in restock]
        self.uow.stock.restock_refund(self.order, self.refund.id, units, "restocked with a refund")
        if after is None:
            return Outcome.ORDER_UNCHANGED
        return self._cancel(after) if after.status == "pending" and not left else Outcome.REFUNDED

    def _transition(self, *, is_full: bool) -> Transition:
        if not self.refund.amount_minor:
            return REFUND_FREE
        if self.order.status == "pending":
            return REFUND_FULL_IN_REVIEW if is_full else REFUND_IN_REVIEW
        if not self._is_in_order_currency():
            return REFUND_FULL_FOREIGN if is_full else REFUND_PARTIAL_FOREIGN
        if is_full:
            return REFUND_FULL
        return REFUND_IN_REVIEW if self.order.payment_status == "review" else REFUND_PARTIAL

    def _cancel(self, order: Order) -> Outcome:
        """Cancel a pending order whose payment was refunded in full, as it cannot be paid again but holds stock."""
        is_foreign = not self._is_in_order_currency()
        transition = CANCEL_FOREIGN if is_foreign else CANCEL_REFUNDED
        changes: OrderChanges = {"captured_minor": 0, "refunded_minor": 0} if is_foreign else {}
        after = order.after(transition, datetime.now(UTC), **changes)
        if not is_consistent(after.payment_status, after.captured_minor, after.refunded_minor):
            return Outcome.ORDER_UNCHANGED  # the order stays in review
        event = OrderCancelled(
            **order_fields(after),
            previous_status=order.status,
            restocked=restocked_lines(order),
            dispute_status=order.dispute_status,
        )
        self.uow.orders.change(Change(after, transition.action, Actor.system(), event, _FULLY_REFUNDED), transition)
        self.uow.stock.restock_order(after, None, "order cancelled")
        return Outcome.REFUNDED

    def _reverse(self, reason: str) -> bool:
        """Undo the refund in the order. Returns whether the order's state and amounts allow that."""
        amount = self._order_amount_minor()
        if self.order.status == "pending":
            transition = REVERSE_REFUND_IN_REVIEW
        elif not self._is_in_order_currency():
            transition = REVERSE_FOREIGN
        elif self.order.payment_status == "review":
            transition = REVERSE_REFUND_IN_REVIEW
        else:
            transition = REVERSE_REFUND if amount == self.order.refunded_minor else REVERSE_PARTIAL_REFUND
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

    def _is_in_order_currency(self) -> bool:
        return self.refund.currency == self.order.currency

    def _order_amount_minor(self) -> int:
        """Returns the amount that counts for the order: 0 if the refund is in another currency."""
        return self.refund.amount_minor if self._is_in_order_currency() else 0

    def _total_refunded_minor(self) -> int:
        """Returns the total refunded from the payment, with this refund, in the payment's currency."""
        refunds = self.uow.queries.refunds(self.order.id)
        succeeded = (each for each in refunds if each.payment_id == self.payment.id and each.state == "succeeded")
        return sum(each.amount_minor for each in succeeded)

    def _belongs_to_order(self) -> bool:
        # A stray payment never counted for the order: its refund changes only the ledger.
        return self.payment.state in ("captured", "mismatched")

    def _requester(self) -> Actor:
        """Returns the admin who requested the refund, or the shop, for the order's history."""
        admin = self.refund.requested_by
        return Actor.system() if admin is None else Actor("admin", admin)

    def _change(
        self,
        transition: Transition,
        event_of: Callable[[Order], OrderEvent],
        difference_minor: int,
        *,
        note: str | None,
        actor: Actor,
    ) -> Order | None:
        """Change the order and its refunded amount by `difference_minor`. Returns the changed order.

        Returns None if the order's state or amounts do not allow the change. It does not raise: the refund is recorded
        anyway, and an error would make the provider repeat its webhook until it gives up.
        """
        changes: OrderChanges = {"refunded_minor": self.order.refunded_minor + difference_minor}
        if transition in _FOREIGN:  # an earlier release may have counted money in another currency as the order's
            changes = {"captured_minor": 0, "refunded_minor": 0}
        if self.order.state not in transition.moves:
            return None
        after = self.order.after(transition, datetime.now(UTC), **changes)
        if not is_consistent(after.payment_status, after.captured_minor, after.refunded_minor):
            return None
        self.uow.orders.change(Change(after, transition.action, actor, event_of(after), note), transition)
        return after
