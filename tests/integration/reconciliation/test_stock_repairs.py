"""Faults of the stock and its ledger: found, and repaired where that is safe."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from microshop.platform.mysql import Database
from microshop.products.stock_repository import StockRepository
from microshop.reconciliation.check import CheckName, RepairName
from microshop.reconciliation.repairing import repair
from microshop.reconciliation.unit_of_work import RepairsUnitOfWork
from tests.integration.conftest import Connect
from tests.support.books import disagreements
from tests.support.orders import place
from tests.support.paid_shop import PaidShop
from tests.support.records import event_types, movements_of, stock_of
from tests.support.threads import at_once
from tests.support.use_cases import an_admin, return_parcel, ship

_ADD_MOVEMENT = """
INSERT INTO stock_movements (product_id, kind, quantity, order_id, refund_id, reason, created_at)
VALUES (%(product_id)s, 'returned', %(quantity)s, %(order_id)s, 0, 'by the test', UTC_TIMESTAMP(6))
"""


def test_stock_is_set_to_the_sum_of_its_ledger(shop: PaidShop, orders: dict[str, int]) -> None:
    shop.database.execute("UPDATE products SET stock = stock + 3")

    report = shop.reconcile(repairs=True, minutes_later=0)

    [finding] = report.findings
    assert (
        finding.explanation
        == f"Product {shop.product_id} (SKU-1) has 20 units on hand, but its movements add up to 17."
    )
    assert (finding.subject, finding.repaired, report.disagreements) == (f"product:{shop.product_id}", True, 0)
    assert stock_of(shop.database, shop.product_id) == 17
    assert event_types(shop.database)["StockChanged"] == 1
    assert [(row["kind"], row["note"]) for row in shop.repairs()] == [
        ("set_stock_to_ledger", "stock 20 → 17, the sum of its movements")
    ]


def test_stock_is_not_repaired_if_its_ledger_is_negative(shop: PaidShop, orders: dict[str, int]) -> None:
    shop.database.execute("UPDATE stock_movements SET quantity = 1 WHERE kind = 'received'")

    report = shop.reconcile(repairs=True)

    assert CheckName.STOCK_DIFFERS_FROM_LEDGER in report.checks_with_findings
    assert (report.repaired, stock_of(shop.database, shop.product_id)) == (0, 17)


@pytest.mark.parametrize("counted", [0, 2])
def test_missing_units_of_a_cancelled_order_are_restocked(shop: PaidShop, orders: dict[str, int], counted: int) -> None:
    values = {"id": orders["cancelled"], "counted": counted}
    shop.database.execute("DELETE FROM stock_movements WHERE order_id = %(id)s AND kind = 'returned'", values)
    shop.database.execute("UPDATE order_lines SET returned = %(counted)s WHERE order_id = %(id)s", values)
    shop.database.execute("UPDATE products SET stock = stock - 2")

    report = shop.reconcile(repairs=True, minutes_later=0)

    assert report.checks_with_findings == {CheckName.CLOSED_ORDER_NOT_RESTOCKED}
    assert (report.disagreements, report.repaired) == (0, 1)
    assert stock_of(shop.database, shop.product_id) == 17
    assert movements_of(shop.database, shop.product_id)[-1] == ("returned", 2)
    assert [row["subject"] for row in shop.repairs()] == [f"order:{orders['cancelled']}"]


def test_missing_units_of_a_returned_parcel_are_written_off(shop: PaidShop) -> None:
    shop.pay(order_id := shop.place())
    admin = an_admin(shop.database)
    ship(shop.database, admin, order_id)
    return_parcel(shop.database, admin, order_id, {})
    shop.deliver_events()
    shop.database.execute(
        "DELETE FROM stock_movements WHERE order_id = %(id)s AND kind IN ('returned', 'written_off')", {"id": order_id}
    )
    stock = stock_of(shop.database, shop.product_id)

    report = shop.reconcile(repairs=True, minutes_later=0)

    assert report.checks_with_findings == {CheckName.CLOSED_ORDER_NOT_RESTOCKED}
    assert (report.disagreements, stock_of(shop.database, shop.product_id)) == (0, stock)
    assert movements_of(shop.database, shop.product_id)[-2:] == [("returned", 2), ("written_off", -2)]


def test_a_cancelled_order_restocked_in_part_is_not_repaired(shop: PaidShop, orders: dict[str, int]) -> None:
    shop.database.execute("UPDATE stock_movements SET quantity = 1 WHERE kind = 'returned' AND refund_id = 0")
    shop.database.execute("UPDATE products SET stock = stock - 1")

    report = shop.reconcile(repairs=True, minutes_later=0)

    assert (report.checks_with_findings, report.repaired) == ({CheckName.CLOSED_ORDER_NOT_RESTOCKED}, 0)
    assert "Count the product on the shelf" in report.findings[0].to_do


def test_the_returned_quantity_of_a_line_is_set_to_its_movements(shop: PaidShop, orders: dict[str, int]) -> None:
    shop.database.execute("UPDATE order_lines SET returned = 0 WHERE order_id = %(paid)s", orders)

    report = shop.reconcile(repairs=True)

    assert report.checks_with_findings == {CheckName.RETURNED_QUANTITY_DIFFERS_FROM_MOVEMENTS}
    assert (report.disagreements, shop.order(orders["paid"]).lines[0].returned) == (0, 1)


def test_units_of_a_pending_refund_count_as_returned(shop: PaidShop, orders: dict[str, int]) -> None:
    shop.pay(order_id := shop.place())
    shop.provider.refund_status = "pending"
    shop.refund(order_id, 1999, units=1)
    shop.deliver_events()

    assert shop.reconcile().checks_with_findings == set()


def test_restocked_units_of_an_active_order_are_found(shop: PaidShop, orders: dict[str, int]) -> None:
    movement = {"product_id": shop.product_id, "quantity": 2, "order_id": orders["pending"]}
    shop.database.execute(_ADD_MOVEMENT, movement)
    shop.database.execute("UPDATE products SET stock = stock + 2")

    report = shop.reconcile()

    assert CheckName.ACTIVE_ORDER_RESTOCKED in report.checks_with_findings


@pytest.fixture
def repair_stock(shop: PaidShop) -> Callable[[Database], bool]:
    """Removes five units from the stock. Returns a function that repairs the stock through a connection."""
    shop.database.execute("UPDATE products SET stock = stock - 5")
    name, subject, row = RepairName.SET_STOCK_TO_LEDGER, f"product:{shop.product_id}", {"product_id": shop.product_id}
    return lambda connection: repair(name, subject, row, RepairsUnitOfWork(connection))


def test_stock_is_repaired_once_during_concurrent_orders(
    shop: PaidShop, repair_stock: Callable[[Database], bool], connect: Connect
) -> None:
    buyers = [partial(place, connect(), shop.customer, [(shop.product_id, 1)]) for _ in range(6)]
    actions: list[Callable[[], object]] = [*buyers, *(partial(repair_stock, connect()) for _ in range(3))]

    at_once(len(actions), lambda number: actions[number]())

    assert (stock_of(shop.database, shop.product_id), len(shop.repairs())) == (14, 1)
    assert disagreements(shop.database) == {}


def test_a_stock_repair_waits_for_a_transaction_that_changes_stock(
    shop: PaidShop, repair_stock: Callable[[Database], bool], connect: Connect
) -> None:
    buyer, repairer = connect(), connect()
    buyer.begin()
    StockRepository(buyer).adjust(shop.product_id, -1, kind="adjusted", user_id=1, reason="counted")

    with ThreadPoolExecutor(1) as pool:
        repaired = pool.submit(repair_stock, repairer)
        _wait_for_a_blocked_statement(shop.database)
        buyer.commit()

    assert repaired.result()
    assert stock_of(shop.database, shop.product_id) == 19


def _wait_for_a_blocked_statement(database: Database) -> None:
    """Wait until a statement on products is seen three times in a row: it waits for a lock."""
    deadline, seen = time.monotonic() + 10, 0
    while seen < 3:
        assert time.monotonic() < deadline
        time.sleep(0.02)
        waiting = [row for row in database.rows("SHOW FULL PROCESSLIST") if "products" in (row["Info"] or "")]
        seen = seen + 1 if waiting else 0
