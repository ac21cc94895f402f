"""What orders announce. Amounts are in the minor unit of their currency.

`order_version` grows by one with every change: who needs an order's events in order has it, and nothing else keeps them
in order (docs/decisions/0015-events-may-come-in-any-order.md). No event has a name or an address: see decision 9.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self, TypedDict

from microshop.messaging.event import Event
from microshop.orders.states import OrderStatus, PaymentStatus  # noqa: TC001 - a test reads the fields' types

if TYPE_CHECKING:
    from microshop.orders.order import Order

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
    """A line of the order."""

    product_id: int
    name: str
    unit_price_minor: int
    quantity: int


class RestockedLine(TypedDict):
    """Units that went back to stock."""

    product_id: int
    quantity: int


@dataclass(frozen=True, kw_only=True)
class OrderEvent(Event):
    """Something happened to an order. These fields are those of the order after it: see `order_fields`."""

    order_id: int
    order_number: str
    order_version: int
    user_id: int
    status: OrderStatus
    payment_status: PaymentStatus
    total_minor: int
    currency: str
    lines: list[EventLine]

    @property
    def aggregate(self) -> str:
        """The order."""
        return f"order:{self.order_id}"


@dataclass(frozen=True, kw_only=True)
class OrderCreated(OrderEvent):
    """An order was placed, and its stock taken. `product_id` and `quantity` are null for more than one product."""

    type: ClassVar[str] = "OrderCreated"
    version: ClassVar[int] = 1

    product_id: int | None
    quantity: int | None
    payment_method: str
    created_at: str

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


@dataclass(frozen=True, kw_only=True)
class OrderConfirmed(OrderEvent):
    """The order will be sent: an admin has confirmed its payment."""

    type: ClassVar[str] = "OrderConfirmed"
    version: ClassVar[int] = 1


@dataclass(frozen=True, kw_only=True)
class OrderShipped(OrderEvent):
    """The order is on its way."""

    type: ClassVar[str] = "OrderShipped"
    version: ClassVar[int] = 1

    carrier: str
    tracking_number: str


@dataclass(frozen=True, kw_only=True)
class OrderDelivered(OrderEvent):
    """The order has arrived; one with cash on delivery is paid by that."""

    type: ClassVar[str] = "OrderDelivered"
    version: ClassVar[int] = 1


@dataclass(frozen=True, kw_only=True)
class OrderCancelled(OrderEvent):
    """The order was called off, and its stock is back; `restocked` leaves out what came back with a refund before."""

    type: ClassVar[str] = "OrderCancelled"
    version: ClassVar[int] = 1

    previous_status: OrderStatus
    restocked: list[RestockedLine]


def order_fields(order: Order) -> OrderFields:
    """Returns the fields that every event of an order has; the order is as it is after the event."""
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
