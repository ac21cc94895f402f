"""Events of orders. Amounts are in the minor unit of their currency.

Events may arrive out of order; only `order_version`, which grows by one with every change of an order, shows their
sequence (docs/decisions/0015-events-in-any-order.md). No event contains a customer's name or address: see
decision 9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self, TypedDict

from microshop.messaging.event import Event

if TYPE_CHECKING:
    from typing import Annotated

    from microshop.limits import MAX_RETURN_REASON_LENGTH
    from microshop.orders.dispute_status import DisputeStatus
    from microshop.orders.order import MAX_CARRIER_LENGTH, MAX_TRACKING_NUMBER_LENGTH, Order
    from microshop.orders.states import OrderStatus, PaymentStatus
    from microshop.products.events import ProductName
    from microshop.view_types import Currency, NotNegative, OrderNumber, Positive, Timestamp

    type ReturnReason = Annotated[str, {"minLength": 1, "maxLength": MAX_RETURN_REASON_LENGTH}]
    type Lines = Annotated[list[EventLine], {"minItems": 1}]
    type Carrier = Annotated[str, {"minLength": 1, "maxLength": MAX_CARRIER_LENGTH}]
    type TrackingNumber = Annotated[str, {"minLength": 1, "maxLength": MAX_TRACKING_NUMBER_LENGTH}]

    class OrderFields(TypedDict):
        """The fields of OrderEvent."""

        order_id: int
        order_number: str
        order_version: int
        user_id: int
        status: OrderStatus
        payment_status: PaymentStatus
        total_minor: int
        currency: str
        lines: list[EventLine]


class EventLine(TypedDict):
    """A line of the order, with name and price at the time of placing."""

    product_id: Positive
    name: ProductName
    unit_price_minor: NotNegative
    quantity: Positive


class RestockedLine(TypedDict):
    """Units of a product that were restocked."""

    product_id: Positive
    quantity: Positive


class WrittenOffLine(TypedDict):
    """Units of a product that were returned and written off: they are not sold again."""

    product_id: Positive
    quantity: Positive


class OrderEvent(Event):
    """A change of an order. The fields describe the order after the change: see `order_fields`."""

    order_id: Positive
    order_number: OrderNumber
    """The order number that the customer sees."""
    order_version: Positive
    """Grows by one with every change of the order. Events may arrive out of order; this is their sequence."""
    user_id: Positive
    """The customer."""
    status: OrderStatus
    """The order's status after the event."""
    payment_status: PaymentStatus
    """The order's payment status after the event."""
    total_minor: NotNegative
    """The total of the order with shipping and tax, in the minor unit of the currency."""
    currency: Currency
    lines: Lines

    @property
    def aggregate(self) -> str:
        """The order, such as `order:17`."""
        return f"order:{self.order_id}"


class OrderCreated(OrderEvent):
    """An order was placed and its stock was taken."""

    type: ClassVar[str] = "OrderCreated"
    version: ClassVar[int] = 1

    product_id: Positive | None
    """The product of an order with one line; null for several lines."""
    quantity: Positive | None
    """The units of an order with one line; null for several lines."""
    payment_method: str
    """The payment method that the customer chose."""
    created_at: Timestamp
    """The time at which the order was placed."""

    @classmethod
    def of(cls, order: Order) -> Self:
        """Returns the event of a new order."""
        only = order.lines[0] if len(order.lines) == 1 else None
        return cls(
            **order_fields(order),
            product_id=only.product_id if only else None,
            quantity=only.quantity if only else None,
            payment_method=order.payment_method,
            created_at=order.created_at.isoformat(),
        )


class OrderConfirmed(OrderEvent):
    """An admin has confirmed the payment of the order, which will be shipped."""

    type: ClassVar[str] = "OrderConfirmed"
    version: ClassVar[int] = 1


class OrderShipped(OrderEvent):
    """The order was shipped."""

    type: ClassVar[str] = "OrderShipped"
    version: ClassVar[int] = 1

    carrier: Carrier
    tracking_number: TrackingNumber


class OrderShipmentCorrected(OrderEvent):
    """An admin has corrected the carrier or the tracking number of a shipped order."""

    type: ClassVar[str] = "OrderShipmentCorrected"
    version: ClassVar[int] = 1

    carrier: Carrier
    tracking_number: TrackingNumber


class OrderDelivered(OrderEvent):
    """The order was delivered. Delivery pays an order with cash on delivery."""

    type: ClassVar[str] = "OrderDelivered"
    version: ClassVar[int] = 1


class OrderReturned(OrderEvent):
    """The parcel came back undelivered. An admin decides how much of the payment is refunded."""

    type: ClassVar[str] = "OrderReturned"
    version: ClassVar[int] = 1

    restocked: list[RestockedLine]
    """The units restocked now, without those that an earlier refund had restocked."""
    written_off: list[WrittenOffLine]
    """The other units of the order, which are written off."""
    dispute_status: DisputeStatus | None
    """The status of the order's most serious dispute, or null. While it is open or lost, the bank has the money."""


class OrderReturnSettled(OrderEvent):
    """An admin has decided how much of the payment of a returned order is refunded. Each refund has its own event."""

    type: ClassVar[str] = "OrderReturnSettled"
    version: ClassVar[int] = 1

    paid_minor: NotNegative
    """The amount that was paid for the order."""
    return_refund_minor: NotNegative
    """The total refund of the order, including earlier refunds."""
    reason: ReturnReason
    """The reason for keeping the rest, which the customer reads."""


class OrderCancelled(OrderEvent):
    """The order was cancelled and restocked."""

    type: ClassVar[str] = "OrderCancelled"
    version: ClassVar[int] = 1

    previous_status: OrderStatus
    """The order's status before the event."""
    restocked: list[RestockedLine]
    """The units restocked now, without those that an earlier refund had restocked."""
    dispute_status: DisputeStatus | None
    """The status of the order's most serious dispute, or null. While it is open or lost, the bank has the money."""


def order_fields(order: Order) -> OrderFields:
    """Returns the fields that all events of an order share. `order` is the order after the change."""
    return {
        "order_id": order.id,
        "order_number": order.order_number,
        "order_version": order.version,
        "user_id": order.user_id,
        "status": order.status,
        "payment_status": order.payment_status,
        "total_minor": order.total_minor,
        "currency": order.currency,
        "lines": [
            EventLine(
                product_id=line.product_id,
                name=line.name,
                unit_price_minor=line.unit_price_minor,
                quantity=line.quantity,
            )
            for line in order.lines
        ],
    }


def restocked_lines(order: Order) -> list[RestockedLine]:
    """Returns the units that are restocked when `order` ends."""
    return [
        RestockedLine(product_id=line.product_id, quantity=line.unreturned) for line in order.lines if line.unreturned
    ]
