"""Faults of orders, their history and their events: found, explained, and repaired where that is safe."""

from datetime import timedelta

import pytest

from microshop.reconciliation.check import CheckName
from tests.support.paid_shop import PaidShop
from tests.support.records import count

# Statements on a shop with a refunded order {paid}, an order {cancelled} and an order {pending} of two units each, and
# the checks that find the result.
_FAULTS: dict[str, tuple[list[str], set[CheckName]]] = {
    "more stock was taken than ordered": (
        ["UPDATE stock_movements SET quantity = -3 WHERE order_id = {pending} AND kind = 'sold'"],
        {CheckName.STOCK_DIFFERS_FROM_LEDGER, CheckName.STOCK_TAKEN_DIFFERS_FROM_LINES},
    ),
    "a line is missing": (
        ["DELETE FROM order_lines WHERE order_id = {pending}"],
        {
            CheckName.STOCK_MOVEMENT_WITHOUT_LINE,
            CheckName.SUBTOTAL_DIFFERS_FROM_LINES,
        },
    ),
    "restocked units of a refund are missing": (
        ["DELETE FROM stock_movements WHERE refund_id > 0", "UPDATE products SET stock = stock - 1"],
        {
            CheckName.RESTOCKED_UNITS_DIFFER_FROM_REFUND,
            CheckName.RETURNED_QUANTITY_DIFFERS_FROM_MOVEMENTS,
        },
    ),
    "the subtotal differs": (
        ["UPDATE orders SET subtotal_minor = subtotal_minor + 1, total_minor = total_minor + 1 WHERE id = {pending}"],
        {CheckName.SUBTOTAL_DIFFERS_FROM_LINES},
    ),
    "a history entry is missing": (
        [
            "DELETE FROM order_history WHERE order_id = {pending}",
            "DELETE FROM outbox WHERE aggregate = 'order:{pending}'",
        ],
        {
            CheckName.HISTORY_LENGTH_DIFFERS_FROM_VERSION,
            CheckName.ORDER_DIFFERS_FROM_LAST_HISTORY_ENTRY,
        },
    ),
    "the status differs": (
        ["UPDATE orders SET status = 'shipped' WHERE id = {paid}"],
        {CheckName.ORDER_DIFFERS_FROM_LAST_HISTORY_ENTRY},
    ),
    "an event is missing": (
        ["DELETE FROM outbox WHERE aggregate = 'order:{pending}'"],
        {CheckName.ORDER_CHANGE_WITHOUT_EVENT},
    ),
    "an event belongs to another change": (
        ["UPDATE order_history SET event_id = 'none' WHERE order_id = {pending}"],
        {CheckName.ORDER_CHANGE_WITHOUT_EVENT, CheckName.ORDER_EVENT_WITHOUT_CHANGE},
    ),
}


def test_a_consistent_shop_has_no_findings(shop: PaidShop, orders: dict[str, int]) -> None:
    report = shop.reconcile(repairs=True, minutes_later=30)

    assert (report.checks_with_findings, report.disagreements, report.repaired, report.unchecked) == (set(), 0, 0, ())
    assert report.owed.total == 0
    assert shop.repairs() == []


@pytest.mark.parametrize("fault", _FAULTS)
def test_a_fault_without_a_safe_repair_is_found_and_explained(
    shop: PaidShop, orders: dict[str, int], fault: str
) -> None:
    statements, checks = _FAULTS[fault]
    for statement in statements:
        shop.database.execute(statement.format(**orders))

    report = shop.reconcile()

    assert report.checks_with_findings == checks
    assert all(finding.explanation and finding.to_do for finding in report.findings)


def test_a_stuck_event_is_made_due_now(shop: PaidShop, orders: dict[str, int]) -> None:
    shop.database.execute(
        "UPDATE outbox SET published_at = NULL, attempts = 7, next_attempt_at = '2099-01-01' WHERE type = 'OrderPaid'"
    )

    report = shop.reconcile(repairs=True)

    assert report.checks_with_findings == {CheckName.EVENT_STUCK_IN_OUTBOX}
    assert report.disagreements == 0
    shop.deliver_events()
    assert shop.reconcile(minutes_later=30).checks_with_findings == set()


def test_an_event_that_no_consumer_handled_is_published_again(shop: PaidShop, orders: dict[str, int]) -> None:
    shop.database.execute(
        "DELETE inbox FROM inbox JOIN outbox USING (event_id) WHERE consumer = 'count_orders' AND type = 'OrderPaid'"
    )

    early = shop.reconcile(minutes_later=0)
    shop.database.execute("UPDATE outbox SET published_at = published_at - INTERVAL 30 MINUTE")
    late = shop.reconcile(repairs=True, minutes_later=0)

    assert early.checks_with_findings == set()
    [finding] = late.findings
    assert finding.check is CheckName.EVENT_NOT_HANDLED
    assert finding.subject.endswith(":count_orders")
    assert finding.explanation.endswith("but count_orders has not handled it.")
    assert (late.disagreements, late.repaired) == (0, 1)
    shop.deliver_events()
    assert shop.reconcile(minutes_later=30).checks_with_findings == set()


def test_an_event_that_a_consumer_has_only_claimed_is_found(shop: PaidShop, orders: dict[str, int]) -> None:
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
def test_a_second_run_repairs_nothing(shop: PaidShop, orders: dict[str, int], statement: str) -> None:
    shop.database.execute(statement)
    first = shop.reconcile(repairs=True, minutes_later=30)
    recorded = count(shop.database, "repairs")

    second = shop.reconcile(repairs=True, minutes_later=30)

    assert (first.repaired > 0, recorded) == (True, first.repaired)
    assert (second.repaired, count(shop.database, "repairs")) == (0, recorded)


def test_orders_unchanged_since_before_the_window_are_not_checked(shop: PaidShop, orders: dict[str, int]) -> None:
    shop.database.execute(
        "UPDATE orders SET subtotal_minor = 1, total_minor = 1 + shipping_minor, tax_minor = 0,"
        " updated_at = updated_at - INTERVAL 40 DAY WHERE id = %(pending)s",
        orders,
    )

    assert [shop.reconcile(days=days).disagreements for days in (35, 45, None)] == [0, 1, 1]


def test_all_disagreements_are_counted_and_the_first_are_listed(
    shop: PaidShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("microshop.reconciliation.collecting.MAX_FINDINGS", 2)
    for _ in range(3):
        shop.place(1)
    shop.database.execute("DELETE FROM outbox WHERE type = 'OrderCreated'")

    report = shop.reconcile()

    assert (len(report.findings), report.disagreements) == (2, 3)
    assert report.totals == {CheckName.ORDER_CHANGE_WITHOUT_EVENT: 3}


def test_events_that_the_purge_has_deleted_are_not_missed(shop: PaidShop, orders: dict[str, int]) -> None:
    shop.database.execute("DELETE FROM outbox")
    a_week = int(timedelta(days=8).total_seconds() / 60)

    assert shop.reconcile(minutes_later=a_week).checks_with_findings == set()
