"""What an order's event adds to the shop's business metrics. Every rule adds up: events may come in any order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from microshop.messaging.event import ReceivedEvent, UnknownEvent
from microshop.money import minor_digits

EVENTS = frozenset(("OrderCreated", "OrderConfirmed", "OrderShipped", "OrderDelivered", "OrderCancelled"))

type Unit = Literal["orders", "units", "money"]


@dataclass(frozen=True)
class Measure:
    """Something to be added to the metric `name` under `dimensions`; money in the currency's major unit."""

    name: str
    value: float
    unit: Unit
    dimensions: Mapping[str, str] = field(default_factory=dict)


def measures_of(event: ReceivedEvent) -> list[Measure]:
    """What the event adds.

    Raises:
        UnknownEvent: it is not about an order.
    """
    if event.type not in EVENTS:
        raise UnknownEvent(event.type)
    return [
        Measure("orders_processed_total", 1, "orders", {"status": event.data["status"]}),
        *_sold(event.type, event.data),
        *_given_back(event.type, event.data),
    ]


def _sold(event_type: str, data: Mapping[str, Any]) -> Iterator[Measure]:
    # An order becomes confirmed once: with cash on delivery when it is placed, else when its payment is there.
    if event_type == "OrderConfirmed" or (event_type == "OrderCreated" and data["status"] == "confirmed"):
        yield _revenue("order_revenue", data)
        yield _units("units_sold", data)


def _given_back(event_type: str, data: Mapping[str, Any]) -> Iterator[Measure]:
    if event_type != "OrderCancelled":
        return
    if data["previous_status"] == "confirmed":  # before that it was no revenue
        yield _revenue("cancelled_revenue", data)
    yield _units("units_returned", data)


def _revenue(name: str, data: Mapping[str, Any]) -> Measure:
    amount = data["total_minor"] / 10 ** minor_digits(data["currency"])
    return Measure(name, amount, "money", {"currency": data["currency"]})


def _units(name: str, data: Mapping[str, Any]) -> Measure:
    return Measure(name, sum(line["quantity"] for line in data["lines"]), "units")
