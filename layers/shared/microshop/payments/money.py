"""What the end of an order, or a payment outside the shop, means for the order's payments."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from microshop.payments.payment import HOLDING_MONEY
from microshop.payments.providers import is_automatic

if TYPE_CHECKING:
    from microshop.orders.order import Order
    from microshop.payments.repository import PaymentRepository

AT_ONCE = timedelta(0)


class OrderMoney:
    """Keeps the payments of an order in line with it, in the transaction that changes the order."""

    def __init__(self, payments: PaymentRepository) -> None:
        self._payments = payments

    def keep_units(self, order: Order) -> None:
        """Let the refunds that are under way bring no units back, whether they succeed or fail."""
        for refund in self._payments.refunds(order.id):
            if refund.state in ("requested", "pending"):
                self._payments.drop_restock(refund)

    def give_back(self, order: Order) -> None:
        """Abandon what may still be paid for an order that is over, and request the refund of what was paid.

        Money that was received by hand is given back by hand: the order stays paid until that is recorded.
        """
        payment = self._payments.live(order.id)
        if payment is None:
            return
        if payment.state not in HOLDING_MONEY:
            self.abandon(order, "the order is over")
        elif payment.left_minor and is_automatic(payment.provider):
            self._payments.request_refund(payment, payment.left_minor, "cancelled", reason="order cancelled")

    def record_by_hand(self, order: Order, provider: str, reference: str | None) -> None:
        """Enter that `order` was paid whole, outside the shop."""
        self.abandon(order, "paid otherwise")
        self._payments.enter_by_hand(order, provider, reference)

    def abandon(self, order: Order, reason: str) -> None:
        """Let nothing come of an attempt that has brought no money yet; the provider is told soon."""
        payment = self._payments.live(order.id)
        if payment is not None:
            self._payments.change(payment, "abandoned", check_in=AT_ONCE)
            self._payments.enter(payment, "abandoned", reason=reason)
