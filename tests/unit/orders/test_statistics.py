"""Business metrics that each event of an order adds."""

from copy import replace
from graphlib import TopologicalSorter

import pytest

from microshop.messaging.event import ReceivedEvent
from microshop.orders.states import PAYMENT_STATUSES_OF, TRANSITIONS
from microshop.orders.statistics import EVENTS, Measure, measures_of
from tests.support.event_types import received
from tests.support.table_rows import wrong_answers

_CART = [
    {"product_id": 5, "name": "Kettle", "unit_price_minor": 1999, "quantity": 2},
    {"product_id": 6, "name": "Cup", "unit_price_minor": 500, "quantity": 3},
]
_BRING_NO_STATUS = ("OrderPaymentFailed", "OrderRefunded")


def _added(event: ReceivedEvent) -> dict[str, float]:
    return {measure.name: measure.value for measure in measures_of(event) if measure.name != "orders_processed_total"}


def _counted(event: ReceivedEvent) -> list[Measure]:
    return [measure for measure in measures_of(event) if measure.name == "orders_processed_total"]


def test_event_counts_one_order_under_the_status_that_it_brings() -> None:
    statuses = [
        ("OrderCreated", "pending"),
        ("OrderConfirmed", "confirmed"),
        ("OrderPaid", "confirmed"),
        ("OrderShipped", "shipped"),
        ("OrderDelivered", "delivered"),
        ("OrderCancelled", "cancelled"),
        ("OrderExpired", "expired"),
    ]

    def counted(event_type: str) -> list[Measure]:
        return _counted(received(event_type))

    rows = [(kind, [Measure("orders_processed_total", 1, "orders", {"status": status})]) for kind, status in statuses]
    assert wrong_answers(counted, [*rows, *((kind, []) for kind in _BRING_NO_STATUS)]) == []


def test_no_order_returns_to_a_status_that_it_has_left() -> None:
    ways = {(source[0], target[0]) for each in TRANSITIONS for source, target in each.moves.items()}
    came_from = {
        status: {before for before, after in ways if before != after == status} for status in PAYMENT_STATUSES_OF
    }

    assert set(TopologicalSorter(came_from).static_order()) == PAYMENT_STATUSES_OF.keys()


def test_pending_order_is_not_revenue() -> None:
    assert _added(received("OrderCreated", status="pending", lines=_CART)) == {}


@pytest.mark.parametrize(
    "event",
    [
        received("OrderConfirmed", lines=_CART),
        received("OrderPaid", lines=_CART),
        received("OrderCreated", status="confirmed", lines=_CART),
    ],
    ids=["paid offline", "paid at a provider", "cash on delivery"],
)
def test_confirmed_order_is_revenue(event: ReceivedEvent) -> None:
    assert _added(event) == {"order_revenue": 44.88, "units_sold": 5}


@pytest.mark.parametrize("event_type", ["OrderShipped", "OrderDelivered"])
def test_shipping_and_delivery_add_no_revenue(event_type: str) -> None:
    assert _added(received(event_type)) == {}


def test_cancelled_order_counts_back_its_revenue() -> None:
    cancelled = received("OrderCancelled", previous_status="confirmed", lines=_CART, restocked=_CART)

    assert _added(cancelled) == {"cancelled_revenue": 44.88, "units_returned": 5}


def test_cancelled_order_returns_only_units_when_it_was_not_revenue() -> None:
    others = PAYMENT_STATUSES_OF.keys() - {"confirmed"}

    added = {
        status: _added(received("OrderCancelled", previous_status=status, lines=_CART, restocked=_CART))
        for status in others
    }

    assert added == {status: {"units_returned": 5} for status in others}


def test_returned_order_counts_back_its_revenue_and_units() -> None:
    restocked, written_off = [{"product_id": 5, "quantity": 1}], [{"product_id": 6, "quantity": 3}]
    returned = received("OrderReturned", status="returned", restocked=restocked, written_off=written_off)

    assert _added(returned) == {"returned_revenue": 44.88, "units_returned": 1, "units_written_off": 3}


def test_cancelling_does_not_count_units_again_that_a_refund_returned() -> None:
    refunded = received("OrderRefunded", lines=_CART, restocked=[{"product_id": 5, "quantity": 2}])
    cancelled = received("OrderCancelled", lines=_CART, restocked=[{"product_id": 6, "quantity": 3}])

    assert [_added(event)["units_returned"] for event in (refunded, cancelled)] == [2, 3]


def test_cancelled_order_returns_no_units_when_all_were_returned() -> None:
    assert _added(received("OrderCancelled", lines=_CART, restocked=[])) == {"cancelled_revenue": 44.88}


def test_older_cancelled_event_returns_the_units_of_its_lines() -> None:
    current = received("OrderCancelled", lines=_CART)
    older = replace(current, data={name: value for name, value in current.data.items() if name != "restocked"})

    assert _added(older)["units_returned"] == 5


def test_expired_order_returns_only_its_units() -> None:
    assert _added(received("OrderExpired", lines=_CART)) == {"units_returned": 5}


def test_refund_counts_its_amount_and_its_returned_units() -> None:
    refund = received(
        "OrderRefunded",
        lines=_CART,
        amount_minor=2499,
        refunded_minor=2999,
        restocked=[{"product_id": 5, "quantity": 1}, {"product_id": 6, "quantity": 2}],
    )

    assert _added(refund) == {"refunded_revenue": 24.99, "units_returned": 3}


def test_refund_in_another_currency_counts_in_that_currency() -> None:
    refund = received("OrderRefunded", amount_minor=490, refund_currency="EUR", restocked=[])

    [measure] = measures_of(refund)

    assert (measure.value, measure.dimensions) == (4.9, {"currency": "EUR"})


def test_refund_without_units_returns_none() -> None:
    assert _added(received("OrderRefunded", amount_minor=490, restocked=[])) == {"refunded_revenue": 4.9}


def test_declined_payment_counts_only_as_a_failed_payment() -> None:
    assert measures_of(received("OrderPaymentFailed")) == [Measure("payments_failed_total", 1, "orders")]


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


@pytest.mark.parametrize(("currency", "major"), [("USD", 44.88), ("JPY", 4488.0), ("KWD", 4.488)])
def test_refunds_are_in_the_major_unit_of_their_currency(currency: str, major: float) -> None:
    event = received("OrderRefunded", amount_minor=4488, refund_currency=currency)

    [refunded] = [measure for measure in measures_of(event) if measure.name == "refunded_revenue"]

    assert (refunded.value, refunded.unit, refunded.dimensions) == (major, "money", {"currency": currency})


def test_units_have_no_dimension() -> None:
    [units] = [measure for measure in measures_of(received("OrderConfirmed")) if measure.name == "units_sold"]

    assert (units.value, units.unit, units.dimensions) == (2, "units", {})


@pytest.mark.parametrize("event_type", ["UserRegistered", "StockLow", "ProductCreated", "OrderPaymentChanged"])
def test_other_events_add_nothing(event_type: str) -> None:
    assert event_type not in EVENTS
    assert measures_of(received(event_type)) == []
