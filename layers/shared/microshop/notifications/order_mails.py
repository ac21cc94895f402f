"""What a mail about an order says, from the data of the order's event alone."""

from collections.abc import Mapping
from typing import Any

from microshop.money import to_decimal
from microshop.notifications.mail import Part

# Event type → template.
TEMPLATES = {
    "OrderCreated": "order_received",
    "OrderConfirmed": "order_confirmed",
    "OrderShipped": "order_shipped",
    "OrderDelivered": "order_delivered",
    "OrderCancelled": "order_cancelled",
}


def order_values(data: Mapping[str, Any]) -> dict[str, str]:
    """The values of an order's mail: its number, its total, and for one that was sent, with whom."""
    shipment = {name: str(data[name]) for name in ("carrier", "tracking_number") if name in data}
    total = _money(int(data["total_minor"]), data)
    return {"order_number": str(data["order_number"]), "total": total, **shipment}


def order_parts(event_type: str, data: Mapping[str, Any]) -> dict[str, Part]:
    """The parts of an order's mail: its lines, and what is to be said about money."""
    lines = [
        {
            "quantity": str(line["quantity"]),
            "product": str(line["name"]),
            "line_total": _money(int(line["unit_price_minor"]) * int(line["quantity"]), data),
        }
        for line in data["lines"]
    ]
    return {"lines": Part("order_line", lines), "payment": Part(_about_payment(event_type, data))}


def _about_payment(event_type: str, data: Mapping[str, Any]) -> str:
    unpaid = data["payment_status"] == "unpaid"
    match event_type:
        case "OrderCancelled":
            return "nothing_to_pay" if unpaid else "money_back"
        case "OrderCreated" if data["status"] == "pending":
            return "awaiting_payment"
        case _:
            return "cash_on_delivery" if unpaid else "paid"


def _money(minor: int, data: Mapping[str, Any]) -> str:
    return f"{to_decimal(minor, data['currency'])} {data['currency']}"
