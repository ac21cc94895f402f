"""The amounts of money that an order can have in each payment status."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microshop.orders.states import PaymentStatus


def is_consistent(payment_status: PaymentStatus, captured_minor: int, refunded_minor: int) -> bool:
    """Whether an order can have these amounts in this payment status (see migrations/0013_add_money_to_orders.sql)."""
    match payment_status:
        case "unpaid" | "processing":
            return captured_minor == refunded_minor == 0
        case "review":
            return 0 <= refunded_minor <= captured_minor
        case "paid":
            return captured_minor >= refunded_minor == 0
        case "partially_refunded":
            return 0 < refunded_minor < captured_minor
        case "refunded":
            return 0 < refunded_minor == captured_minor
