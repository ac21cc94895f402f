"""What an order's event adds to the shop's business metrics. Every rule adds up: events may come in any order."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from microshop.messaging.event import ReceivedEvent
from microshop.money import minor_digits

# Those that bring an order to another status, each at most once in its life.
_BRING_A_STATUS = frozenset(
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
EVENTS = _BRING_A_STATUS | {"OrderPaymentFailed", "OrderRefunded"}

type Unit = Literal["orders", "units", "money"]


@dataclass(frozen=True)
class Measure:
    """Something to be added to the metric `name` under `dimensions`; money in the currency's major unit."""

    name: str
    value: float
    unit: Unit
    dimensions: Mapping[str, str] = field(default_factory=dict)


def measures_of(event: ReceivedEvent) -> list[Measure]:
    """Returns what the event adds; nothing unless it is one of EVENTS."""
    return [
        *_counted(event.type, event.data),
        *_sold(event.type, event.data),
        *_given_back(event.type, event.data),
    ]


def _counted(event_type: str, data: Mapping[str, Any]) -> Iterator[Measure]:
    if event_type in _BRING_A_STATUS:
        yield Measure("orders_processed_total", 1, "orders", {"status": data["status"]})
    if event_type == "OrderPaymentFailed":
        yield Measure("payments_failed_total", 1, "orders")


def _sold(event_type: str, data: Mapping[str, Any]) -> Iterator[Measure]:
    # An order becomes confirmed once: when it is placed, with cash on delivery or nothing to pay; else when an admin or
    # a payment provider confirms its payment.
    is_placed_confirmed = event_type == "OrderCreated" and data["status"] == "confirmed"
    if is_placed_confirmed or event_type in ("OrderConfirmed", "OrderPaid"):
        yield _money("order_revenue", data["total_minor"], data)
        yield from _units("units_sold", data["lines"])


def _given_back(event_type: str, data: Mapping[str, Any]) -> Iterator[Measure]:
    match event_type:
        case "OrderCancelled":
            if data["previous_status"] == "confirmed":  # before that it was no revenue
                yield _money("cancelled_revenue", data["total_minor"], data)
            # The units that a refund brought back are its own. Events from before there were refunds do not tell.
            yield from _units("units_returned", data.get("restocked", data["lines"]))
        case "OrderReturned":  # it was shipped, so it was revenue
            yield _money("returned_revenue", data["total_minor"], data)
            yield from _units("units_returned", data["restocked"])
            yield from _units("units_written_off", data["written_off"])
        case "OrderExpired":
            yield from _units("units_returned", data["lines"])
        case "OrderRefunded":
            # All that went back, so no part of order_revenue alone: a cancelled order's money is in cancelled_revenue
            # too, and what came late or twice was never revenue.
            # Events of earlier releases do not have the currency of the refund.
            yield _money("refunded_revenue", data["amount_minor"], {"currency": data["currency"], **_refunded_in(data)})
            yield from _units("units_returned", data["restocked"])


def _refunded_in(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"currency": data["refund_currency"]} if "refund_currency" in data else {}


def _money(name: str, minor: int, data: Mapping[str, Any]) -> Measure:
    return Measure(name, minor / 10 ** minor_digits(data["currency"]), "money", {"currency": data["currency"]})


def _units(name: str, lines: Iterable[Mapping[str, Any]]) -> Iterator[Measure]:
    if units := sum(line["quantity"] for line in lines):
        yield Measure(name, units, "units")
