"""The event StockLow: published when stock falls below the threshold, by orders, adjustments and updates."""

import pytest

from microshop.caller import Caller
from microshop.errors import (
    OutOfStock,
)
from microshop.platform.mysql import Database
from tests.integration.conftest import Connect
from tests.support.catalogue import put_on_sale
from tests.support.orders import a_customer, place
from tests.support.product_builders import some_details
from tests.support.records import event_types, events_of, stock_of
from tests.support.threads import at_once
from tests.support.use_cases import adjust, cancel, create, update


def _low_stock_events(database: Database) -> int:
    return event_types(database)["StockLow"]


def test_a_new_product_below_its_threshold_publishes_no_event(database: Database, admin: Caller) -> None:
    create(database, admin, some_details(low_stock_threshold=10), stock=1)

    assert _low_stock_events(database) == 0


@pytest.mark.parametrize(
    ("before", "quantity", "events"), [(10, -1, 1), (11, -1, 0), (9, -1, 0), (9, 1, 0), (10, -10, 1)]
)
def test_an_adjustment_publishes_low_stock_only_at_the_threshold(
    database: Database, admin: Caller, before: int, quantity: int, events: int
) -> None:
    product_id = put_on_sale(database, stock=before, low_stock_threshold=10)

    adjust(database, admin, product_id, quantity)

    assert _low_stock_events(database) == events


def test_the_low_stock_event_has_the_stock_and_the_threshold(database: Database, admin: Caller) -> None:
    product_id = put_on_sale(database, name="Kettle", sku="K-1", stock=10, low_stock_threshold=10)

    adjust(database, admin, product_id, -2)

    assert events_of(database, f"product:{product_id}")[-1] == (
        "StockLow",
        {"product_id": product_id, "sku": "K-1", "name": "Kettle", "stock": 8, "threshold": 10},
    )


def test_low_stock_is_published_each_time_it_falls_below_the_threshold(database: Database, admin: Caller) -> None:
    product_id = put_on_sale(database, stock=10, low_stock_threshold=10)

    for quantity in (-1, -1, 2, -2, -5, 5, -1):
        adjust(database, admin, product_id, quantity)

    assert _low_stock_events(database) == 2


@pytest.mark.parametrize(("threshold", "events"), [(11, 1), (10, 0), (None, 0), (0, 0)])
def test_raising_the_threshold_above_the_stock_publishes_low_stock(
    database: Database, admin: Caller, threshold: int | None, events: int
) -> None:
    product_id = create(database, admin, some_details(low_stock_threshold=10), stock=10)

    update(database, product_id, some_details(low_stock_threshold=threshold), version=1)

    assert _low_stock_events(database) == events


def test_raising_the_threshold_of_low_stock_publishes_nothing(database: Database, admin: Caller) -> None:
    product_id = create(database, admin, some_details(low_stock_threshold=10), stock=5)

    update(database, product_id, some_details(low_stock_threshold=20), version=1)

    assert _low_stock_events(database) == 0


def test_an_order_that_crosses_the_threshold_publishes_low_stock(database: Database, connect: Connect) -> None:
    low = put_on_sale(database, name="水壶 '\"\\ 😀", sku="K-1", stock=12, low_stock_threshold=10)
    plenty = put_on_sale(database, stock=99, low_stock_threshold=10)

    place(connect(), a_customer(database), [(low, 5), (plenty, 5)])

    assert events_of(database, f"product:{plenty}") == []
    assert events_of(database, f"product:{low}") == [
        ("StockLow", {"product_id": low, "sku": "K-1", "name": "水壶 '\"\\ 😀", "stock": 7, "threshold": 10})
    ]


@pytest.mark.parametrize(("before", "events"), [(12, 0), (11, 0), (10, 1), (9, 0)])
def test_an_order_publishes_low_stock_only_at_the_threshold(
    database: Database, connect: Connect, before: int, events: int
) -> None:
    product_id = put_on_sale(database, stock=before, low_stock_threshold=10)

    place(connect(), a_customer(database), [(product_id, 1)])

    assert _low_stock_events(database) == events


def test_restocked_units_can_become_low_stock_again(database: Database, connect: Connect) -> None:
    product_id, customer = put_on_sale(database, stock=10, low_stock_threshold=10), a_customer(database)
    first = place(connect(), customer, [(product_id, 3)])

    cancel(database, customer, first["order_id"])
    place(connect(), customer, [(product_id, 1)])

    assert _low_stock_events(database) == 2


def test_one_of_many_concurrent_orders_publishes_low_stock(database: Database, connect: Connect) -> None:
    product_id = put_on_sale(database, stock=30, low_stock_threshold=15)
    buyers = [(connect(), a_customer(database)) for _ in range(32)]

    outcomes = at_once(32, lambda n: place(*buyers[n], [(product_id, 1)]))

    assert sum(isinstance(outcome, OutOfStock) for outcome in outcomes) == 2
    assert [data["stock"] for kind, data in events_of(database, f"product:{product_id}") if kind == "StockLow"] == [14]


def test_one_of_many_orders_that_expect_plenty_of_stock_publishes_low_stock(
    database: Database, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("microshop.orders.requested_lines._UNITS_OF_CONCURRENT_ORDERS", 0)
    product_id = put_on_sale(database, stock=40, low_stock_threshold=20)
    buyers = [(connect(), a_customer(database)) for _ in range(32)]

    outcomes = at_once(32, lambda n: place(*buyers[n], [(product_id, 1)]))

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert [data["stock"] for kind, data in events_of(database, f"product:{product_id}") if kind == "StockLow"] == [19]


def test_concurrent_orders_and_adjustments_publish_low_stock_once(
    database: Database, connect: Connect, admin: Caller
) -> None:
    product_id = put_on_sale(database, stock=24, low_stock_threshold=12)
    buyers = [(connect(), a_customer(database)) for _ in range(12)]
    connections = [connect() for _ in range(12)]

    at_once(
        24,
        lambda n: (
            place(*buyers[n], [(product_id, 1)]) if n < 12 else adjust(connections[n - 12], admin, product_id, -1)
        ),
    )

    assert (stock_of(database, product_id), _low_stock_events(database)) == (0, 1)
