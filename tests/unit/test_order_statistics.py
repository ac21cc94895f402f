"""What each event of an order adds to the business metrics."""

import pytest

from microshop.messaging.event import ReceivedEvent, UnknownEvent
from microshop.orders.states import PAIRS
from microshop.orders.statistics import EVENTS, Measure, measures_of
from tests.support.event_types import received

_CART = [
    {"product_id": 5, "name": "Kettle", "unit_price_minor": 1999, "quantity": 2},
    {"product_id": 6, "name": "Cup", "unit_price_minor": 500, "quantity": 3},
]


def _added(event: ReceivedEvent) -> dict[str, float]:
    return {measure.name: measure.value for measure in measures_of(event) if measure.name != "orders_processed_total"}


@pytest.mark.parametrize("event_type", sorted(EVENTS))
def test_every_event_counts_as_one_order_under_the_status_that_it_brings(event_type: str) -> None:
    event = received(event_type)

    found = [measure for measure in measures_of(event) if measure.name == "orders_processed_total"]

    assert found == [Measure("orders_processed_total", 1, "orders", {"status": event.data["status"]})]


def test_an_order_that_waits_for_its_payment_is_no_revenue_yet() -> None:
    assert _added(received("OrderCreated", status="pending", lines=_CART)) == {}


@pytest.mark.parametrize(
    "event",
    [received("OrderConfirmed", lines=_CART), received("OrderCreated", status="confirmed", lines=_CART)],
    ids=["paid", "cash on delivery"],
)
def test_an_order_is_revenue_once_it_is_confirmed(event: ReceivedEvent) -> None:
    assert _added(event) == {"order_revenue": 44.88, "units_sold": 5}


@pytest.mark.parametrize("event_type", ["OrderShipped", "OrderDelivered"])
def test_what_happens_after_that_is_no_revenue_again(event_type: str) -> None:
    assert _added(received(event_type)) == {}


def test_a_cancelled_order_that_was_revenue_takes_it_back() -> None:
    cancelled = received("OrderCancelled", previous_status="confirmed", lines=_CART)

    assert _added(cancelled) == {"cancelled_revenue": 44.88, "units_returned": 5}


@pytest.mark.parametrize("status", sorted(PAIRS.keys() - {"confirmed"}))
def test_a_cancelled_order_that_was_no_revenue_gives_back_its_units_only(status: str) -> None:
    assert _added(received("OrderCancelled", previous_status=status, lines=_CART)) == {"units_returned": 5}


@pytest.mark.parametrize(
    ("minor", "currency", "major"),
    [
        (4488, "USD", 44.88),
        (4488, "JPY", 4488.0),
        (4488, "KWD", 4.488),
        (0, "USD", 0.0),
    ],
)
def test_revenue_is_in_the_major_unit_of_its_currency(minor: int, currency: str, major: float) -> None:
    event = received("OrderConfirmed", total_minor=minor, currency=currency)

    [revenue] = [measure for measure in measures_of(event) if measure.name == "order_revenue"]

    assert (revenue.value, revenue.unit, revenue.dimensions) == (major, "money", {"currency": currency})


def test_units_have_no_dimension() -> None:
    [units] = [measure for measure in measures_of(received("OrderConfirmed")) if measure.name == "units_sold"]

    assert (units.value, units.unit, units.dimensions) == (2, "units", {})


@pytest.mark.parametrize("event_type", ["UserRegistered", "StockLow", "ProductCreated"])
def test_what_is_not_about_an_order_is_refused(event_type: str) -> None:
    with pytest.raises(UnknownEvent):
        measures_of(received(event_type))
