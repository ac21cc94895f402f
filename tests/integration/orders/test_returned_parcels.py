"""Returned parcels: restocked and written-off units, and the checks of reconciliation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from microshop.errors import (
    RestockTooLarge,
    WrongOrderState,
)
from microshop.orders.order import Order
from microshop.orders.queries import OrderQueries
from microshop.reconciliation.check import CheckName
from tests.support.catalogue import put_on_sale
from tests.support.records import count, event_types, events_of, movements_of, stock_of
from tests.support.threads import at_once
from tests.support.use_cases import deliver, place_and_ship, return_parcel, ship

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.platform.mysql import Database
    from tests.integration.conftest import Connect
    from tests.support.paid_shop import PaidShop


def test_an_uncollected_parcel_ends_its_order_unpaid(database: Database, admin: Caller, customer: Caller) -> None:
    order_id = place_and_ship(database, customer, admin)

    order = return_parcel(database, admin, order_id)

    assert (order.state, order.captured_minor, order.version) == (("returned", "unpaid"), 0, 3)
    assert order == OrderQueries(database).by_id(order_id, customer.user_id)
    assert count(database, "payments") == 0
    entry = OrderQueries(database).history(order_id)[-1]
    assert (entry.action, entry.note, entry.actor_id) == ("returned", "not collected", admin.user_id)


def test_a_return_restocks_some_units_and_writes_off_the_others(
    database: Database, admin: Caller, customer: Caller
) -> None:
    kettle, mug, cup = (put_on_sale(database, stock=9) for _ in range(3))
    order_id = place_and_ship(database, customer, admin, (kettle, 3), (mug, 2), (cup, 1))

    return_parcel(database, admin, order_id, {kettle: 1, mug: 2})

    assert [stock_of(database, each) for each in (kettle, mug, cup)] == [7, 9, 8]
    assert movements_of(database, kettle) == [("received", 9), ("sold", -3), ("returned", 3), ("written_off", -2)]
    assert movements_of(database, mug) == [("received", 9), ("sold", -2), ("returned", 2)]
    assert movements_of(database, cup) == [("received", 9), ("sold", -1), ("returned", 1), ("written_off", -1)]
    kind, data = events_of(database, f"order:{order_id}")[-1]
    assert (kind, data["status"]) == ("OrderReturned", "returned")
    assert data["restocked"] == [{"product_id": kettle, "quantity": 1}, {"product_id": mug, "quantity": 2}]
    assert data["written_off"] == [{"product_id": kettle, "quantity": 2}, {"product_id": cup, "quantity": 1}]


def test_restocking_more_units_than_were_returned_is_refused(
    database: Database, admin: Caller, customer: Caller
) -> None:
    kettle, other = put_on_sale(database, stock=9), put_on_sale(database, stock=9)
    order_id = place_and_ship(database, customer, admin, (kettle, 3))

    with pytest.raises(RestockTooLarge) as refused:
        return_parcel(database, admin, order_id, {kettle: 4, other: 1})

    assert [(problem.field, problem.reason) for problem in refused.value.problems] == [
        ("restock.0.quantity", "only 3 came back"),
        ("restock.1.quantity", "only 0 came back"),
    ]
    assert (stock_of(database, kettle), event_types(database)["OrderReturned"]) == (6, 0)


def test_concurrent_returns_of_an_order_happen_once(
    database: Database, connect: Connect, admin: Caller, customer: Caller
) -> None:
    product_id, connections = put_on_sale(database, stock=10), [connect() for _ in range(8)]
    order_id = place_and_ship(database, customer, admin, (product_id, 3))

    outcomes = at_once(8, lambda n: return_parcel(connections[n], admin, order_id, {product_id: 2}))

    assert sum(isinstance(outcome, Order) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, WrongOrderState) for outcome in outcomes) == 7
    assert (stock_of(database, product_id), event_types(database)["OrderReturned"]) == (9, 1)


def test_an_order_is_either_delivered_or_returned(
    database: Database, connect: Connect, admin: Caller, customer: Caller
) -> None:
    connections = [connect(), connect()]

    for _ in range(10):
        order_id = place_and_ship(database, customer, admin)
        steps = [
            lambda order_id=order_id: deliver(connections[0], admin, order_id),
            lambda order_id=order_id: return_parcel(connections[1], admin, order_id),
        ]
        outcomes = at_once(2, lambda n: steps[n]())  # noqa: B023 - called before the next order
        assert {type(outcome) for outcome in outcomes} == {Order, WrongOrderState}


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("DELETE FROM stock_movements WHERE kind = 'returned'", CheckName.CLOSED_ORDER_NOT_RESTOCKED),
        ("UPDATE order_lines SET returned = 1", CheckName.RETURNED_QUANTITY_DIFFERS_FROM_MOVEMENTS),
        (
            "UPDATE stock_movements SET quantity = -3 WHERE kind = 'written_off'",
            CheckName.UNITS_WRITTEN_OFF_WITHOUT_RETURN,
        ),
    ],
)
def test_reconciliation_finds_wrong_units_of_a_return(shop: PaidShop, sql: str, found: CheckName) -> None:
    order_id = shop.place(payment_method="cash_on_delivery")
    ship(shop.database, shop.admin, order_id)
    return_parcel(shop.database, shop.admin, order_id, {shop.product_id: 1})
    shop.deliver_events()
    assert shop.reconcile().disagreements == 0

    shop.database.execute(sql)

    assert found in shop.reconcile().checks_with_findings
    shop.empty()


def test_a_repair_writes_off_the_missing_units_of_a_return(shop: PaidShop) -> None:
    order_id = shop.place(payment_method="cash_on_delivery")
    ship(shop.database, shop.admin, order_id)
    return_parcel(shop.database, shop.admin, order_id, {shop.product_id: 2})
    shop.deliver_events()
    shop.database.execute("DELETE FROM stock_movements WHERE kind = 'returned'")
    shop.database.execute("UPDATE products SET stock = 18")

    report = shop.reconcile(repairs=True, minutes_later=0)

    assert (report.checks_with_findings, report.repaired) == ({CheckName.CLOSED_ORDER_NOT_RESTOCKED}, 1)
    assert movements_of(shop.database, shop.product_id)[-2:] == [("returned", 2), ("written_off", -2)]
    assert stock_of(shop.database, shop.product_id) == 18
    assert shop.reconcile().disagreements == 0
