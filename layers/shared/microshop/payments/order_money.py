"""Implements the orders' money port: how the end of an order, or a payment by hand, changes the order's payments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.payments.payment import HOLDING_MONEY
from microshop.payments.providers import is_automatic

if TYPE_CHECKING:
    from microshop.orders.order import Order
    from microshop.payments.queries import PaymentQueries
    from microshop.payments.refund_repository import RefundRepository
    from microshop.payments.repository import PaymentRepository


class OrderMoney:
    """Keeps the payments of an order in line with it, in the transaction that changes the order."""

    def __init__(self, queries: PaymentQueries, payments: PaymentRepository, refunds: RefundRepository) -> None:
        self._queries = queries
        self._payments = payments
        self._refunds = refunds

    def cancel_pending_restocks(self, order: Order) -> None:
        """Refunds in progress no longer restock, whether they succeed or fail."""
        for refund in self._queries.refunds(order.id):
            if refund.state in ("requested", "pending"):
                self._refunds.cancel_restock(refund)

    def refund_or_abandon(self, order: Order) -> None:
        """Refund the captured payment of an order that is over, or abandon the open one.

        The shop cannot return money that it received by hand: the order stays paid until an admin records the refund.
        """
        payment = self._queries.live_payment(order.id)
        if payment is None:
            return
        if payment.state not in HOLDING_MONEY:
            self._payments.abandon(payment, "the order is over")
        elif payment.refundable_minor and is_automatic(payment.provider):
            self._refunds.request(payment, payment.refundable_minor, "cancelled", reason="order cancelled")

    def is_foreign_and_back(self, order: Order) -> bool:
        """Whether the order's money came in another currency and was refunded in full."""
        payment = self._queries.live_payment(order.id)
        if payment is None or payment.state not in HOLDING_MONEY or payment.currency == order.currency:
            return False
        refunds = [each for each in self._queries.refunds(order.id) if each.payment_id == payment.id]
        back = sum(each.amount_minor for each in refunds if each.state == "succeeded")
        return back == payment.captured_minor

    def refund_bounds(self, order: Order) -> tuple[int, int]:
        """Returns the least and the most of the order's money that goes back.

        The least is refunded or reserved for a refund; above the most, disputes withhold it.
        """
        payment = self._queries.live_payment(order.id)
        if payment is None or payment.currency != order.currency:
            return order.refunded_minor, order.captured_minor
        return payment.refunded_minor, payment.refunded_minor + payment.refundable_minor

    def record_by_hand(self, order: Order, provider: str, reference: str | None) -> None:
        """Record that `order` was paid in full outside the shop."""
        payment = self._queries.live_payment(order.id)
        if payment is not None:
            self._payments.abandon(payment, "paid otherwise")
        self._payments.add_paid_by_hand(order, provider, reference)
