"""Business metrics from events of orders. All metrics are sums, because events may arrive in any order."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal

from microshop.messaging.event import ReceivedEvent
from microshop.money import minor_digits
from microshop.values import Value

# Events that change the status of an order. Each happens at most once to an order.
_STATUS_EVENTS = frozenset(
    (
        "OrderCreated",
        "OrderConfirmed",
        "OrderPaid",
        "OrderShipped",
        "OrderDelivered",
        "OrderReturned",
        "OrderCancelled",
        "OrderExpired",
    )
)
EVENTS = _STATUS_EVENTS | {"OrderPaymentFailed", "OrderRefunded"}

type Unit = Literal["orders", "units", "money"]


class Measure(Value):
    """A value to add to the metric `name` with `dimensions`. Money is in the currency's major unit."""

    name: str
    value: float
    unit: Unit
    dimensions: Mapping[str, str] = MappingProxyType({})


def measures_of(event: ReceivedEvent) -> list[Measure]:
    """Returns the measures of an event, none for events that are not in EVENTS."""
    return [
        *_order_counts(event.type, event.data),
        *_sales(event.type, event.data),
        *_returns(event.type, event.data),
    ]


def _order_counts(event_type: str, data: Mapping[str, Any]) -> Iterator[Measure]:
    if event_type in _STATUS_EVENTS:
        yield Measure("orders_processed_total", 1, "orders", {"status": data["status"]})
    if event_type == "OrderPaymentFailed":
        yield Measure("payments_failed_total", 1, "orders")


def _sales(event_type: str, data: Mapping[str, Any]) -> Iterator[Measure]:
    # An order is confirmed once: when it is placed, if it has cash on delivery or nothing to pay; otherwise when an
    # admin or a payment provider confirms its payment.
    is_placed_confirmed = event_type == "OrderCreated" and data["status"] == "confirmed"
    if is_placed_confirmed or event_type in ("OrderConfirmed", "OrderPaid"):
        yield _money("order_revenue", data["total_minor"], data)
        yield from _units("units_sold", data["lines"])


def _returns(event_type: str, data: Mapping[str, Any]) -> Iterator[Measure]:
    match event_type:
        case "OrderCancelled":
            if data["previous_status"] == "confirmed":  # a pending order was not revenue yet
                yield _money("cancelled_revenue", data["total_minor"], data)
            # The event of a refund counts the units that it restocked. Events older than refunds lack `restocked`.
            yield from _units("units_returned", data.get("restocked", data["lines"]))
        case "OrderReturned":  # it was shipped, so it was revenue
            yield _money("returned_revenue", data["total_minor"], data)
            yield from _units("units_returned", data["restocked"])
            yield from _units("units_written_off", data["written_off"])
        case "OrderExpired":
            yield from _units("units_returned", data["lines"])
        case "OrderRefunded":
            # All refunds, so the sum is not part of order_revenue: the refund of a cancelled order is in
            # cancelled_revenue as well, and a late or stray payment was never revenue.
            # Events of earlier releases lack the currency of the refund.
            yield _money("refunded_revenue", data["amount_minor"], {"currency": data["currency"], **_refunded_in(data)})
            yield from _units("units_returned", data["restocked"])


def _refunded_in(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"currency": data["refund_currency"]} if "refund_currency" in data else {}


def _money(name: str, minor: int, data: Mapping[str, Any]) -> Measure:
    return Measure(name, minor / 10 ** minor_digits(data["currency"]), "money", {"currency": data["currency"]})


def _units(name: str, lines: Iterable[Mapping[str, Any]]) -> Iterator[Measure]:
    if units := sum(line["quantity"] for line in lines):
        yield Measure(name, units, "units")
