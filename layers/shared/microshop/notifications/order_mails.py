"""The contents of a mail about an order, taken only from the data of the order's event."""

from collections.abc import Mapping
from typing import Any

from microshop.money import to_decimal
from microshop.notifications.mail import Part
from microshop.orders.dispute_status import FUNDS_WITHHELD

# Event type → template.
TEMPLATES = {
    "OrderCreated": "order_received",
    # An order gets one of these two events: an admin confirms it, or a provider captures its payment.
    "OrderConfirmed": "order_confirmed",
    "OrderPaid": "order_paid",
    "OrderPaymentFailed": "payment_failed",
    "OrderShipped": "order_shipped",
    "OrderShipmentCorrected": "order_shipment_corrected",
    "OrderDelivered": "order_delivered",
    "OrderReturned": "order_returned",
    "OrderReturnSettled": "order_return_settled",
    "OrderCancelled": "order_cancelled",
    "OrderExpired": "order_expired",
    "OrderRefunded": "order_refunded",
}
# The template for a refund that returns units but no money.
UNITS_RETURNED = "order_units_returned"
# Payment status of a cancelled or returned order → part of the mail.
_PAYMENT_PARTS = {
    "unpaid": "nothing_to_pay",
    "review": "payment_uncertain",
    "paid": "full_refund_follows",
    "partially_refunded": "remaining_refund_follows",
    "refunded": "already_refunded",
}
_FULLY_REFUNDED = ("refunded", "unpaid")
# Parts that promise a refund. A dispute may withhold the money, and an admin decides the refund of a returned order.
_PROMISES = ("payment_uncertain", "full_refund_follows", "remaining_refund_follows")


def template_of(event_type: str, data: Mapping[str, Any]) -> str:
    """Returns the template of an order's mail."""
    if event_type == "OrderRefunded" and not data["amount_minor"]:
        return UNITS_RETURNED
    return TEMPLATES[event_type]


def order_values(data: Mapping[str, Any]) -> dict[str, str]:
    """Returns the values of an order's mail: its number, total, shipment and refunded amounts."""
    shipment = {name: str(data[name]) for name in ("carrier", "tracking_number") if name in data}
    amounts = {
        "amount": "amount_minor",
        "refunded": "refunded_minor",
        "return_refund": "return_refund_minor",
        "paid": "paid_minor",
    }
    # Events of earlier releases lack the refund's currency.
    refunded_in = {"currency": data.get("refund_currency", data["currency"])}
    money = {name: _money(int(data[field]), refunded_in) for name, field in amounts.items() if field in data}
    money["total"] = _money(int(data["total_minor"]), data)
    reason = {"reason": str(data["reason"])} if "return_refund_minor" in data else {}
    return {"order_number": str(data["order_number"]), **money, **shipment, **reason}


def order_parts(event_type: str, data: Mapping[str, Any]) -> dict[str, Part]:
    """Returns the parts of an order's mail: its lines and the state of its payment."""
    lines = [
        {
            "quantity": str(line["quantity"]),
            "product": str(line["name"]),
            "line_total": _money(int(line["unit_price_minor"]) * int(line["quantity"]), data),
        }
        for line in data["lines"]
    ]
    return {"lines": Part("order_line", lines), "payment": Part(_payment_part(event_type, data))}


def _payment_part(event_type: str, data: Mapping[str, Any]) -> str:
    if not data["total_minor"]:
        return "nothing_to_pay"
    match event_type:
        case "OrderCancelled" | "OrderReturned":
            return _payment_part_of_ended(event_type, data)
        case "OrderRefunded":
            # Events of earlier releases lack left_minor. `unpaid` means that the money was in another currency.
            is_whole = not data["left_minor"] if "left_minor" in data else data["payment_status"] in _FULLY_REFUNDED
            return "fully_refunded" if is_whole else "partially_refunded"
        case _ if data["status"] == "pending":
            return "awaiting_payment"
        case _:
            return "cash_on_delivery" if data["payment_status"] == "unpaid" else "paid"


def _payment_part_of_ended(event_type: str, data: Mapping[str, Any]) -> str:
    part = _PAYMENT_PARTS[data["payment_status"]]
    if part not in _PROMISES:
        return part
    is_disputed = data.get("dispute_status") in FUNDS_WITHHELD  # events of earlier releases lack it
    if event_type == "OrderReturned":
        return "return_disputed" if is_disputed else "refund_undecided"
    return "undisputed_rest_follows" if is_disputed else part


def _money(minor: int, data: Mapping[str, Any]) -> str:
    return f"{to_decimal(minor, data['currency'])} {data['currency']}"
