"""Orders as the API shows them."""

from typing import Any

from microshop.money import to_decimal
from microshop.orders.history import HistoryEntry
from microshop.orders.order import Order, OrderLine


def order_view(order: Order) -> dict[str, Any]:
    """An order as its owner and admins see it."""
    currency = order.currency
    return {
        "id": order.id,
        "order_number": order.order_number,
        "user_id": order.user_id,
        "status": order.status,
        "payment_status": order.payment_status,
        "payment_method": order.payment_method,
        "lines": [_line_view(line, currency) for line in order.lines],
        "subtotal": to_decimal(order.subtotal_minor, currency),
        "shipping": to_decimal(order.shipping_minor, currency),
        "tax": to_decimal(order.tax_minor, currency),
        "total": to_decimal(order.total_minor, currency),
        "paid": to_decimal(order.captured_minor, currency),
        "refunded": to_decimal(order.refunded_minor, currency),
        "currency": currency,
        "address": order.address,
        "carrier": order.carrier,
        "tracking_number": order.tracking_number,
        "expires_at": order.expires_at.isoformat() if order.expires_at else None,
        "created_at": order.created_at.isoformat(),
        "updated_at": order.updated_at.isoformat(),
    }


def placed_view(order: Order) -> dict[str, Any]:
    """The answer to a request that placed an order."""
    return {
        "message": "order created successfully",
        "order_id": order.id,
        "order_number": order.order_number,
        "status": order.status,
        "total": to_decimal(order.total_minor, order.currency),
        "currency": order.currency,
        "expires_at": order.expires_at.isoformat() if order.expires_at else None,
    }


def history_view(entry: HistoryEntry) -> dict[str, Any]:
    """A change of an order. Which admin made it is the shop's own affair."""
    return {
        "version": entry.version,
        "action": entry.action,
        "status": entry.status,
        "payment_status": entry.payment_status,
        "actor": entry.actor,
        "note": entry.note,
        "created_at": entry.created_at.isoformat(),
    }


def etag_of(order: Order) -> str:
    """The version: whatever changes an order gives it a new one."""
    return f'"{order.version}"'


def _line_view(line: OrderLine, currency: str) -> dict[str, Any]:
    return {
        "product_id": line.product_id,
        "sku": line.sku,
        "name": line.name,
        "unit_price": to_decimal(line.unit_price_minor, currency),
        "quantity": line.quantity,
        "returned": line.returned,
        "total": to_decimal(line.total_minor, currency),
    }
