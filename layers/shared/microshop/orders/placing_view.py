"""The prices of an order, and the response to the request that places it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from microshop.money import to_decimal
from microshop.orders.order import PlacedOrder

if TYPE_CHECKING:
    # Only types: `make documents` reads the classes below, and no function loads them.
    from collections.abc import Mapping
    from typing import TypedDict

    from microshop.orders.order import NewStatus, Order
    from microshop.orders.view import ExpiresAt, Quantity
    from microshop.view_types import Currency, Id, Money, OrderNumber

    class LinePrice(TypedDict):
        """The price of the units of one product."""

        product_id: Id
        unit_price: Money
        quantity: Quantity
        total: Money

    class OrderPrices(TypedDict):
        """The current prices of an order."""

        lines: list[LinePrice]
        subtotal: Money
        shipping: Money
        tax: Money
        total: Money
        currency: Currency

    class OrderPlaced(TypedDict):
        """The response to a request that placed an order."""

        message: str
        id: Id
        order_id: Id
        order_number: OrderNumber
        status: NewStatus
        total: Money
        currency: Currency
        expires_at: ExpiresAt


def order_prices(order: Order) -> OrderPrices:
    """Returns the prices of an order, by line and in total."""
    currency = order.currency
    return {
        "lines": [
            {
                "product_id": line.product_id,
                "unit_price": to_decimal(line.unit_price_minor, currency),
                "quantity": line.quantity,
                "total": to_decimal(line.total_minor, currency),
            }
            for line in order.lines
        ],
        "subtotal": to_decimal(order.subtotal_minor, currency),
        "shipping": to_decimal(order.shipping_minor, currency),
        "tax": to_decimal(order.tax_minor, currency),
        "total": to_decimal(order.total_minor, currency),
        "currency": currency,
    }


def placed_order_view(placed: PlacedOrder) -> OrderPlaced:
    """Returns the response to a request that placed an order. It is stored under the request's idempotency key."""
    return {
        "message": "order created successfully",
        "id": placed.id,
        "order_id": placed.id,
        "order_number": placed.order_number,
        "status": placed.status,
        "total": to_decimal(placed.total_minor, placed.currency),
        "currency": placed.currency,
        "expires_at": placed.expires_at.isoformat() if placed.expires_at else None,
    }


def parse_placed_order(stored: Mapping[str, Any]) -> PlacedOrder:
    """Returns the result of placing an order from its stored response: the inverse of `placed_order_view`."""
    expires_at = stored["expires_at"]
    return PlacedOrder(
        id=stored["order_id"],
        order_number=stored["order_number"],
        status=stored["status"],
        total_minor=int(stored["total"].replace(".", "")),  # the text has all decimal digits of its currency
        currency=stored["currency"],
        expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
    )
