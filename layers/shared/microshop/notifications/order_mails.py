"""The contents of a mail about an order, taken only from the data of the order's event."""

from collections.abc import Mapping
from typing import Any

from microshop.money import to_decimal
from microshop.notifications.mail import Part
from microshop.orders.dispute_status import WITHHOLDING

# Event type → template.
TEMPLATES = {
    "OrderCreated": "order_received",
    # An order is confirmed by an admin or paid with a provider, never both.
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
_MONEY_OF_ENDED = {
    "unpaid": "nothing_to_pay",
    "review": "payment_uncertain",
    "paid": "money_back",
    "partially_refunded": "rest_of_money_back",
    "refunded": "money_is_back",
}
_ALL_BACK = ("refunded", "unpaid")
# Parts that promise money. A dispute may withhold it, and an admin decides how much is refunded for a returned order.
_PROMISES = ("payment_uncertain", "money_back", "rest_of_money_back")


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
    return {"lines": Part("order_line", lines), "payment": Part(_about_payment(event_type, data))}


def _about_payment(event_type: str, data: Mapping[str, Any]) -> str:
    if not data["total_minor"]:
        return "nothing_to_pay"
    match event_type:
        case "OrderCancelled" | "OrderReturned":
            return _about_money_of_ended(event_type, data)
        case "OrderRefunded":
            # Events of earlier releases lack left_minor. `unpaid` means that the money was in another currency.
            is_whole = not data["left_minor"] if "left_minor" in data else data["payment_status"] in _ALL_BACK
            return "refunded_whole" if is_whole else "refunded_in_part"
        case _ if data["status"] == "pending":
            return "awaiting_payment"
        case _:
            return "cash_on_delivery" if data["payment_status"] == "unpaid" else "paid"


def _about_money_of_ended(event_type: str, data: Mapping[str, Any]) -> str:
    part = _MONEY_OF_ENDED[data["payment_status"]]
    if part not in _PROMISES:
        return part
    is_disputed = data.get("dispute_status") in WITHHOLDING  # events of earlier releases lack it
    if event_type == "OrderReturned":
        return "return_disputed" if is_disputed else "money_to_be_decided"
    return "money_disputed" if is_disputed else part


def _money(minor: int, data: Mapping[str, Any]) -> str:
    return f"{to_decimal(minor, data['currency'])} {data['currency']}"
