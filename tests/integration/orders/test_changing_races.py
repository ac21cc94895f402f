"""Concurrent cancellations, shipments, orders and stock adjustments."""

from microshop.caller import Caller
from microshop.errors import WrongOrderState
from microshop.orders.order import Order
from microshop.platform.mysql import Database
from tests.integration.conftest import Connect
from tests.support.catalogue import put_on_sale
from tests.support.orders import a_customer, placed_order_id, stored_order
from tests.support.records import count, event_types, stock_of
from tests.support.threads import at_once
from tests.support.use_cases import adjust, cancel, ship


def test_concurrent_cancellations_restock_an_order_once(database: Database, connect: Connect, customer: Caller) -> None:
    product_id, connections = put_on_sale(database, stock=10), [connect() for _ in range(8)]
    order_id = placed_order_id(database, customer, (product_id, 3))

    outcomes = at_once(8, lambda n: cancel(connections[n], customer, order_id))

    assert sum(isinstance(outcome, WrongOrderState) for outcome in outcomes) == 7
    assert sum(isinstance(outcome, Order) for outcome in outcomes) == 1
    assert (stock_of(database, product_id), count(database, "order_history")) == (10, 2)
    assert event_types(database)["OrderCancelled"] == 1


def test_an_order_is_never_both_cancelled_and_shipped(
    database: Database, connect: Connect, admin: Caller, customer: Caller
) -> None:
    product_id, connections = put_on_sale(database, stock=200), [connect(), connect()]
    shipped = 0

    for _ in range(50):
        order_id = placed_order_id(database, customer, (product_id, 3), payment_method="cash_on_delivery")
        outcomes = _cancel_and_ship_at_once(connections, customer, admin, order_id)
        assert {type(outcome) for outcome in outcomes} == {Order, WrongOrderState}
        assert stored_order(database, order_id) in outcomes
        shipped += isinstance(outcomes[1], Order)

    assert stock_of(database, product_id) == 200 - 3 * shipped
    assert event_types(database)["OrderShipped"] == shipped


def _cancel_and_ship_at_once(
    connections: list[Database], customer: Caller, admin: Caller, order_id: int
) -> list[Order | Exception]:
    attempts = [lambda: cancel(connections[0], customer, order_id), lambda: ship(connections[1], admin, order_id)]
    return at_once(2, lambda number: attempts[number]())


def test_concurrent_orders_and_cancellations_keep_the_stock_exact(database: Database, connect: Connect) -> None:
    products = [put_on_sale(database, stock=40) for _ in range(3)]
    customers = [(connect(), connect(), a_customer(database)) for _ in range(12)]

    def buy_and_cancel(number: int) -> None:
        database, connection, customer = customers[number]
        for turn in range(4):
            first, second = products[(number + turn) % 3], products[(number + turn + 1) % 3]
            cancel(connection, customer, placed_order_id(database, customer, (first, 1), (second, 1)))

    assert at_once(12, buy_and_cancel) == [None] * 12
    assert [stock_of(database, product) for product in products] == [40, 40, 40]


def test_concurrent_cancellations_and_adjustments_keep_stock_exact(
    database: Database, connect: Connect, admin: Caller, customer: Caller
) -> None:
    product_id, connections = put_on_sale(database, stock=40), [connect() for _ in range(16)]
    orders = [placed_order_id(database, customer, (product_id, 2)) for _ in range(8)]

    outcomes = at_once(
        16,
        lambda n: (
            cancel(connections[n], customer, orders[n]) if n < 8 else adjust(connections[n], admin, product_id, -1)
        ),
    )

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert stock_of(database, product_id) == 32
