"""Each way in which stock, orders and events can disagree: found, explained, and repaired where that is safe."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from microshop.platform.mysql import Database
from microshop.products.stock_repository import StockRepository
from microshop.reconciliation.check import CheckName, RepairName
from microshop.reconciliation.repairing import repair
from microshop.reconciliation.unit_of_work import RepairsUnitOfWork
from tests.integration.conftest import Connect
from tests.support.books import disagreements
from tests.support.connections import ConnectBatches
from tests.support.orders import place
from tests.support.paid_shop import PaidShop
from tests.support.records import count, event_types, movements_of, stock_of
from tests.support.threads import at_once
from tests.support.use_cases import cancel

_ADD_MOVEMENT = """
INSERT INTO stock_movements (product_id, kind, quantity, order_id, refund_id, reason, created_at)
VALUES (%(product_id)s, 'returned', %(quantity)s, %(order_id)s, 0, 'by the test', UTC_TIMESTAMP(6))
"""
# What is done to a shop with a refunded order {paid}, an order {cancelled} and an order {pending}, each of two units
# → the checks that tell of it.
_BREAKS: dict[str, tuple[list[str], set[CheckName]]] = {
    "other stock was taken": (
        ["UPDATE stock_movements SET quantity = -3 WHERE order_id = {pending} AND kind = 'sold'"],
        {CheckName.STOCK_DIFFERS_FROM_LEDGER, CheckName.STOCK_TAKEN_DIFFERS_FROM_LINES},
    ),
    "a line is gone": (
        ["DELETE FROM order_lines WHERE order_id = {pending}"],
        {
            CheckName.STOCK_MOVEMENT_WITHOUT_LINE,
            CheckName.SUBTOTAL_DIFFERS_FROM_LINES,
        },
    ),
    "a refund's units are gone": (
        ["DELETE FROM stock_movements WHERE refund_id > 0", "UPDATE products SET stock = stock - 1"],
        {
            CheckName.RESTOCKED_UNITS_DIFFER_FROM_REFUND,
            CheckName.RETURNED_QUANTITY_DIFFERS_FROM_MOVEMENTS,
        },
    ),
    "another subtotal": (
        ["UPDATE orders SET subtotal_minor = subtotal_minor + 1, total_minor = total_minor + 1 WHERE id = {pending}"],
        {CheckName.SUBTOTAL_DIFFERS_FROM_LINES},
    ),
    "a history entry is gone": (
        [
            "DELETE FROM order_history WHERE order_id = {pending}",
            "DELETE FROM outbox WHERE aggregate = 'order:{pending}'",
        ],
        {
            CheckName.HISTORY_LENGTH_DIFFERS_FROM_VERSION,
            CheckName.ORDER_DIFFERS_FROM_LAST_HISTORY_ENTRY,
        },
    ),
    "another status": (
        ["UPDATE orders SET status = 'shipped' WHERE id = {paid}"],
        {CheckName.ORDER_DIFFERS_FROM_LAST_HISTORY_ENTRY},
    ),
    "an event is gone": (
        ["DELETE FROM outbox WHERE aggregate = 'order:{pending}'"],
        {CheckName.ORDER_CHANGE_WITHOUT_EVENT},
    ),
    "an event of another change": (
        ["UPDATE order_history SET event_id = 'none' WHERE order_id = {pending}"],
        {CheckName.ORDER_CHANGE_WITHOUT_EVENT, CheckName.ORDER_EVENT_WITHOUT_CHANGE},
    ),
}


@pytest.fixture
def shop(database: Database, batching: Database) -> Iterator[PaidShop]:
    """A shop that is thrown away after the test."""
    shop = PaidShop(database, batching)
    yield shop
    shop.empty()


@pytest.fixture
def orders(shop: PaidShop) -> dict[str, int]:
    """One that was paid and refunded in part, one that was cancelled, one that waits; their events have arrived."""
    orders = {"paid": shop.place(), "cancelled": shop.place(), "pending": shop.place()}
    shop.pay(orders["paid"])
    shop.refund(orders["paid"], 500, units=1)
    cancel(shop.database, shop.customer, orders["cancelled"])
    shop.deliver_events()
    return orders


def test_a_sound_shop_has_nothing_to_tell(shop: PaidShop, orders: dict[str, int]) -> None:
    report = shop.reconcile(repairs=True, minutes_later=30)

    assert (report.checks_with_findings, report.disagreements, report.repaired, report.unchecked) == (set(), 0, 0, ())
    assert report.owed.total == 0
    assert shop.repairs() == []


@pytest.mark.parametrize("how", _BREAKS)
def test_what_cannot_be_repaired_safely_is_found_and_explained(
    shop: PaidShop, orders: dict[str, int], how: str
) -> None:
    statements, checks = _BREAKS[how]
    for statement in statements:
        shop.database.execute(statement.format(**orders))

    report = shop.reconcile()

    assert report.checks_with_findings == checks
    assert all(finding.explanation and finding.to_do for finding in report.findings)


def test_stock_is_set_to_what_its_ledger_says(shop: PaidShop, orders: dict[str, int]) -> None:
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


def test_a_ledger_below_nothing_is_left_to_people(shop: PaidShop, orders: dict[str, int]) -> None:
    shop.database.execute("UPDATE stock_movements SET quantity = 1 WHERE kind = 'received'")

    report = shop.reconcile(repairs=True)

    assert CheckName.STOCK_DIFFERS_FROM_LEDGER in report.checks_with_findings
    assert (report.repaired, stock_of(shop.database, shop.product_id)) == (0, 17)


@pytest.mark.parametrize("counted", [0, 2])
def test_stock_that_a_cancelled_order_kept_is_put_back(shop: PaidShop, orders: dict[str, int], counted: int) -> None:
    kept = {"id": orders["cancelled"], "counted": counted}
    shop.database.execute("DELETE FROM stock_movements WHERE order_id = %(id)s AND kind = 'returned'", kept)
    shop.database.execute("UPDATE order_lines SET returned = %(counted)s WHERE order_id = %(id)s", kept)
    shop.database.execute("UPDATE products SET stock = stock - 2")

    report = shop.reconcile(repairs=True, minutes_later=0)

    assert report.checks_with_findings == {CheckName.CLOSED_ORDER_NOT_RESTOCKED}
    assert (report.disagreements, report.repaired) == (0, 1)
    assert stock_of(shop.database, shop.product_id) == 17
    assert movements_of(shop.database, shop.product_id)[-1] == ("returned", 2)
    assert [row["subject"] for row in shop.repairs()] == [f"order:{orders['cancelled']}"]


def test_a_cancelled_order_that_gave_back_too_little_is_left_to_people(shop: PaidShop, orders: dict[str, int]) -> None:
    shop.database.execute("UPDATE stock_movements SET quantity = 1 WHERE kind = 'returned' AND refund_id = 0")
    shop.database.execute("UPDATE products SET stock = stock - 1")

    report = shop.reconcile(repairs=True, minutes_later=0)

    assert (report.checks_with_findings, report.repaired) == ({CheckName.CLOSED_ORDER_NOT_RESTOCKED}, 0)
    assert "Count the product on the shelf" in report.findings[0].to_do


def test_a_line_is_made_to_count_what_came_back(shop: PaidShop, orders: dict[str, int]) -> None:
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


def test_stock_that_a_living_order_gave_back_is_left_to_people(shop: PaidShop, orders: dict[str, int]) -> None:
    movement = {"product_id": shop.product_id, "quantity": 2, "order_id": orders["pending"]}
    shop.database.execute(_ADD_MOVEMENT, movement)
    shop.database.execute("UPDATE products SET stock = stock + 2")

    report = shop.reconcile()

    assert CheckName.ACTIVE_ORDER_RESTOCKED in report.checks_with_findings


def test_an_event_that_is_stuck_is_made_due_now(shop: PaidShop, orders: dict[str, int]) -> None:
    shop.database.execute(
        "UPDATE outbox SET published_at = NULL, attempts = 7, next_attempt_at = '2099-01-01' WHERE type = 'OrderPaid'"
    )

    report = shop.reconcile(repairs=True)

    assert report.checks_with_findings == {CheckName.EVENT_STUCK_IN_OUTBOX}
    assert report.disagreements == 0
    shop.deliver_events()
    assert shop.reconcile(minutes_later=30).checks_with_findings == set()


def test_an_event_without_effect_is_published_again(shop: PaidShop, orders: dict[str, int]) -> None:
    shop.database.execute(
        "DELETE inbox FROM inbox JOIN outbox USING (event_id) WHERE consumer = 'count_orders' AND type = 'OrderPaid'"
    )

    fresh, late = shop.reconcile(), shop.reconcile(repairs=True, minutes_later=30)

    assert fresh.checks_with_findings == set()
    [finding] = late.findings
    assert finding.check is CheckName.EVENT_NOT_HANDLED
    assert finding.subject.endswith(":count_orders")
    assert finding.explanation.endswith("but count_orders has not handled it.")
    assert (late.disagreements, late.repaired) == (0, 1)
    shop.deliver_events()
    assert shop.reconcile(minutes_later=30).checks_with_findings == set()


def test_an_event_whose_consumer_is_at_it_counts_as_without_effect(shop: PaidShop, orders: dict[str, int]) -> None:
    shop.database.execute("UPDATE inbox SET done_at = NULL WHERE consumer = 'send_customer_mail'")

    report = shop.reconcile(minutes_later=30)

    assert report.checks_with_findings == {CheckName.EVENT_NOT_HANDLED}
    assert all("but send_customer_mail has not handled it" in finding.explanation for finding in report.findings)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE products SET stock = stock + 3",
        "UPDATE order_lines SET returned = 0 WHERE returned = 1",
        "UPDATE outbox SET published_at = NULL, attempts = 7, next_attempt_at = '2099-01-01'",
        "DELETE FROM inbox",
    ],
)
def test_a_second_repair_repairs_nothing(shop: PaidShop, orders: dict[str, int], statement: str) -> None:
    shop.database.execute(statement)
    first = shop.reconcile(repairs=True, minutes_later=30)
    noted = count(shop.database, "repairs")

    second = shop.reconcile(repairs=True, minutes_later=30)

    assert (first.repaired > 0, noted) == (True, first.repaired)
    assert (second.repaired, count(shop.database, "repairs")) == (0, noted)


def test_orders_that_nobody_has_touched_for_long_are_looked_at_only_when_asked_for(
    shop: PaidShop, orders: dict[str, int]
) -> None:
    shop.database.execute(
        "UPDATE orders SET subtotal_minor = 1, total_minor = 1 + shipping_minor, tax_minor = 0,"
        " updated_at = updated_at - INTERVAL 40 DAY WHERE id = %(pending)s",
        orders,
    )

    assert [shop.reconcile(days=days).disagreements for days in (35, 45, None)] == [0, 1, 1]


def test_of_many_disagreements_the_first_are_listed_and_all_are_counted(
    shop: PaidShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("microshop.reconciliation.reconciling.MAX_FINDINGS", 2)
    for _ in range(3):
        shop.place(1)
    shop.database.execute("DELETE FROM outbox WHERE type = 'OrderCreated'")

    report = shop.reconcile()

    assert (len(report.findings), report.disagreements) == (2, 3)
    assert report.totals == {CheckName.ORDER_CHANGE_WITHOUT_EVENT: 3}


def test_the_outbox_is_asked_only_for_what_it_still_keeps(shop: PaidShop, orders: dict[str, int]) -> None:
    shop.database.execute("DELETE FROM outbox")
    week = int(timedelta(days=8).total_seconds() / 60)

    assert shop.reconcile(minutes_later=week).checks_with_findings == set()


@pytest.fixture
def mend_stock(shop: PaidShop) -> Callable[[Database], bool]:
    """Repairs the stock, from which five units are gone, through the connection that it is given."""
    shop.database.execute("UPDATE products SET stock = stock - 5")
    name, subject, row = RepairName.SET_STOCK_TO_LEDGER, f"product:{shop.product_id}", {"product_id": shop.product_id}
    return lambda connection: repair(name, subject, row, RepairsUnitOfWork(connection))


def test_stock_is_repaired_once_while_customers_buy(
    shop: PaidShop, mend_stock: Callable[[Database], bool], connect: Connect, connect_batches: ConnectBatches
) -> None:
    buyers = [partial(place, connect_batches(), shop.customer, [(shop.product_id, 1)]) for _ in range(6)]
    everybody: list[Callable[[], object]] = [*buyers, *(partial(mend_stock, connect()) for _ in range(3))]

    at_once(len(everybody), lambda number: everybody[number]())

    assert (stock_of(shop.database, shop.product_id), len(shop.repairs())) == (14, 1)
    assert disagreements(shop.database) == {}


def test_a_repair_of_stock_waits_for_the_order_that_is_taking_some(
    shop: PaidShop, mend_stock: Callable[[Database], bool], connect: Connect
) -> None:
    buyer, mender = connect(), connect()
    buyer.begin()
    StockRepository(buyer).adjust(shop.product_id, -1, kind="adjusted", user_id=1, reason="counted")

    with ThreadPoolExecutor(1) as pool:
        mended = pool.submit(mend_stock, mender)
        _until_somebody_waits_for_a_lock(shop.database)
        buyer.commit()

    assert mended.result()
    assert stock_of(shop.database, shop.product_id) == 19


def _until_somebody_waits_for_a_lock(database: Database) -> None:
    """A statement on products that is still there when it is looked for three times is not at work."""
    deadline, seen = time.monotonic() + 10, 0
    while seen < 3:
        assert time.monotonic() < deadline
        time.sleep(0.02)
        waiting = [row for row in database.rows("SHOW FULL PROCESSLIST") if "products" in (row["Info"] or "")]
        seen = seen + 1 if waiting else 0
