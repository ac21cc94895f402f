"""Events of payments, expiry and refunds; see orders/events.py. Those of disputes are in dispute_events.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from microshop.orders.events import OrderEvent

if TYPE_CHECKING:
    from typing import Annotated

    from microshop.orders.events import RestockedLine
    from microshop.orders.states import PaymentStatus
    from microshop.view_types import Currency, NotNegative, Positive

    type Provider = Annotated[str, {"minLength": 1, "maxLength": 32}]  # as long as payments.provider
    type Reason = Annotated[str, {"minLength": 1}]


class OrderPaid(OrderEvent):
    """A payment provider has received the money of the order: it will be sent."""

    type: ClassVar[str] = "OrderPaid"
    version: ClassVar[int] = 1

    provider: Provider


class OrderPaymentFailed(OrderEvent):
    """A payment was declined. The customer may pay in another way until the order expires."""

    type: ClassVar[str] = "OrderPaymentFailed"
    version: ClassVar[int] = 1

    reason: Reason
    """The provider's code for the refusal."""


class OrderPaymentChanged(OrderEvent):
    """The payment status of the order has changed in another way.

    The money is on its way (processing), uncertain (review), expected again (unpaid), or it arrived late or came back
    (paid).
    """

    type: ClassVar[str] = "OrderPaymentChanged"
    version: ClassVar[int] = 1

    previous_payment_status: PaymentStatus
    """The order's payment status before the event."""
    reason: Reason
    """The action that the order's history has for it."""


class OrderExpired(OrderEvent):
    """The order was not paid in time, and its stock is back."""

    type: ClassVar[str] = "OrderExpired"
    version: ClassVar[int] = 1


class OrderRefunded(OrderEvent):
    """Money went back to the customer, and perhaps units to stock; for an order with nothing to pay, units alone."""

    type: ClassVar[str] = "OrderRefunded"
    version: ClassVar[int] = 1

    refund_id: Positive
    amount_minor: NotNegative
    """The amount of this refund, in the minor unit of its currency."""
    refunded_minor: NotNegative
    """The total refunded of the payment so far, in the minor unit of the refund's currency."""
    refund_currency: Currency
    """The currency of the payment: the order's, unless the money came in another currency."""
    left_minor: NotNegative
    """What of the payment has not been refunded so far, in the minor unit of the refund's currency."""
    restocked: list[RestockedLine]
    """The units that went back to stock with the refund; perhaps none."""
