"""How a cancellation, a return or a manual payment changes the payments of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.payments.payment import CAPTURED_STATES
from microshop.payments.providers import is_automatic

if TYPE_CHECKING:
    from microshop.orders.order import Order
    from microshop.payments.queries import PaymentQueries
    from microshop.payments.refund_repository import RefundRepository
    from microshop.payments.repository import PaymentRepository


class OrderPaymentService:
    """Implements the port of the same name in orders/unit_of_work.py, in the transaction that changes the order."""

    def __init__(self, queries: PaymentQueries, payments: PaymentRepository, refunds: RefundRepository) -> None:
        self._queries = queries
        self._payments = payments
        self._refunds = refunds

    def cancel_pending_restocks(self, order: Order) -> None:
        """Refunds in progress no longer restock units, whether they succeed or fail."""
        for refund in self._queries.refunds(order.id):
            if refund.state in ("requested", "pending"):
                self._refunds.cancel_restock(refund)

    def refund_or_abandon(self, order: Order) -> None:
        """Refund the captured payment of a cancelled order, or abandon the open one.

        The shop cannot return a manual payment by itself: the order stays paid until an admin records the refund.
        """
        payment = self._queries.live_payment(order.id)
        if payment is None:
            return
        if payment.state not in CAPTURED_STATES:
            self._payments.abandon(payment, "the order was cancelled")
        elif payment.refundable_minor and is_automatic(payment.provider):
            self._refunds.request(payment, payment.refundable_minor, "cancelled", reason="order cancelled")

    def is_foreign_and_refunded(self, order: Order) -> bool:
        """Whether the order was paid in another currency and that payment was refunded in full."""
        payment = self._queries.live_payment(order.id)
        if payment is None or payment.state not in CAPTURED_STATES or payment.currency == order.currency:
            return False
        refunds = [each for each in self._queries.refunds(order.id) if each.payment_id == payment.id]
        return payment.captured_minor == sum(each.amount_minor for each in refunds if each.state == "succeeded")

    def refund_bounds(self, order: Order) -> tuple[int, int]:
        """Returns the minimum and the maximum of the order's total refund.

        The minimum is refunded or reserved for a refund already; disputes withhold the amount above the maximum.
        """
        payment = self._queries.live_payment(order.id)
        if payment is None or payment.currency != order.currency:
            return order.refunded_minor, order.captured_minor
        return payment.refunded_minor, payment.refunded_minor + payment.refundable_minor

    def record_manual_payment(self, order: Order, provider: str, reference: str | None) -> None:
        """Record that `order` was paid in full outside the shop."""
        payment = self._queries.live_payment(order.id)
        if payment is not None:
            self._payments.abandon(payment, "the order was paid outside the shop")
        self._payments.add_manual_payment(order, provider, reference)
