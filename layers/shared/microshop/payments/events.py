"""What payments, expiry and refunds announce of their order; see orders/events.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from microshop.orders.events import OrderEvent, RestockedLine
from microshop.orders.states import PaymentStatus  # noqa: TC001 - a test reads the fields' types


@dataclass(frozen=True, kw_only=True)
class OrderPaid(OrderEvent):
    """A payment provider has the order's money: the order will be sent."""

    type: ClassVar[str] = "OrderPaid"
    version: ClassVar[int] = 1

    provider: str


@dataclass(frozen=True, kw_only=True)
class OrderPaymentFailed(OrderEvent):
    """A payment was declined; the order waits for another until it expires. `reason` is the provider's code."""

    type: ClassVar[str] = "OrderPaymentFailed"
    version: ClassVar[int] = 1

    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderPaymentChanged(OrderEvent):
    """Where the order's money is has changed in another way, for a reason in the words of its history.

    It is on its way or uncertain (processing, review), expected again (unpaid), arrived too late or came back (paid).
    """

    type: ClassVar[str] = "OrderPaymentChanged"
    version: ClassVar[int] = 1

    previous_payment_status: PaymentStatus
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderExpired(OrderEvent):
    """The order was not paid in time, and its stock is back."""

    type: ClassVar[str] = "OrderExpired"
    version: ClassVar[int] = 1


@dataclass(frozen=True, kw_only=True)
class OrderRefunded(OrderEvent):
    """Money went back to the customer: `amount_minor` now, `refunded_minor` in all, with the units that came back."""

    type: ClassVar[str] = "OrderRefunded"
    version: ClassVar[int] = 1

    refund_id: int
    amount_minor: int
    refunded_minor: int
    restocked: list[RestockedLine]
