"""Events of payments, expiry and refunds; see orders/events.py. The events of disputes are in dispute_events.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from microshop.orders.events import OrderEvent

if TYPE_CHECKING:
    from typing import Annotated

    from microshop.orders.events import RestockedLine
    from microshop.orders.states import PaymentStatus
    from microshop.view_types import Currency, NotNegative, Positive

    type Provider = Annotated[str, {"minLength": 1, "maxLength": 32}]  # the length of the column payments.provider
    type Reason = Annotated[str, {"minLength": 1}]


class OrderPaid(OrderEvent):
    """A payment provider has captured the payment of the order, which is confirmed and will be shipped."""

    type: ClassVar[str] = "OrderPaid"
    version: ClassVar[int] = 1

    provider: Provider


class OrderPaymentFailed(OrderEvent):
    """The provider declined a payment. The customer may try again until the order expires."""

    type: ClassVar[str] = "OrderPaymentFailed"
    version: ClassVar[int] = 1

    reason: Reason
    """The provider's code for the decline."""


class OrderPaymentChanged(OrderEvent):
    """The payment status of the order has changed in a way for which there is no other event.

    `processing`: the payment is being processed. `review`: it is uncertain. `unpaid`: the customer may pay again.
    `paid`, `partially_refunded`: the payment arrived late, or a refund has failed after it had succeeded.
    """

    type: ClassVar[str] = "OrderPaymentChanged"
    version: ClassVar[int] = 1

    previous_payment_status: PaymentStatus
    """The order's payment status before the event."""
    reason: Reason
    """The action in the order's history."""


class OrderExpired(OrderEvent):
    """The order was not paid in time. It was restocked."""

    type: ClassVar[str] = "OrderExpired"
    version: ClassVar[int] = 1


class OrderRefunded(OrderEvent):
    """A refund has succeeded, perhaps with restocked units. For an order with nothing to pay it only restocks units."""

    type: ClassVar[str] = "OrderRefunded"
    version: ClassVar[int] = 1

    refund_id: Positive
    amount_minor: NotNegative
    """The amount of this refund, in the minor unit of its currency."""
    refunded_minor: NotNegative
    """The total refunded from the payment so far, in the minor unit of the refund's currency."""
    refund_currency: Currency
    """The currency of the payment, which may differ from the order's."""
    left_minor: NotNegative
    """The part of the payment that has not been refunded so far, in the minor unit of the refund's currency."""
    restocked: list[RestockedLine]
    """The units restocked with the refund; may be empty."""
