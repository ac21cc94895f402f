"""Overdue payments, refunds and reviews: found, and made due again."""

import pytest

from microshop.reconciliation.check import CheckName
from tests.support.paid_shop import PaidShop
from tests.support.use_cases import cancel, confirm


@pytest.mark.parametrize("next_check", ["UTC_TIMESTAMP(6) - INTERVAL 2 HOUR", "NULL"])
def test_a_payment_whose_check_is_overdue_is_made_due(shop: PaidShop, next_check: str) -> None:
    shop.provider.process(shop.start(shop.place()))
    shop.hear_of_payment("pi_1")
    shop.database.execute(f"UPDATE payments SET next_check_at = {next_check}, updated_at = '2026-01-02'")  # noqa: S608
    shop.deliver_events()

    first, second = shop.reconcile(repairs=True), shop.reconcile(repairs=True)

    assert first.checks_with_findings == {CheckName.PAYMENT_CHECK_OVERDUE}
    assert [(report.disagreements, report.repaired) for report in (first, second)] == [(0, 1), (0, 0)]
    assert shop.reconcile(minutes_later=59).checks_with_findings == set()


def test_an_abandoned_attempt_without_a_next_check_is_made_due(shop: PaidShop) -> None:
    shop.start(order_id := shop.place())
    cancel(shop.database, shop.customer, order_id)
    shop.database.execute("UPDATE payments SET next_check_at = NULL, updated_at = '2026-01-02'")
    shop.deliver_events()

    first, second = shop.reconcile(repairs=True), shop.reconcile(repairs=True)

    assert first.checks_with_findings == {CheckName.PAYMENT_CHECK_OVERDUE}
    assert [(report.disagreements, report.repaired) for report in (first, second)] == [(0, 1), (0, 0)]


@pytest.mark.parametrize("next_check", ["UTC_TIMESTAMP(6) - INTERVAL 2 HOUR", "NULL"])
def test_a_pending_refund_whose_check_is_overdue_is_made_due(shop: PaidShop, next_check: str) -> None:
    shop.pay(order_id := shop.place())
    shop.provider.refund_status = "pending"
    shop.refund(order_id, 500)
    shop.database.execute(f"UPDATE refunds SET next_check_at = {next_check}, updated_at = '2026-01-02'")  # noqa: S608
    shop.deliver_events()

    first, second = shop.reconcile(repairs=True), shop.reconcile(repairs=True)

    assert first.checks_with_findings == {CheckName.REFUND_CHECK_OVERDUE}
    assert [(report.disagreements, report.repaired) for report in (first, second)] == [(0, 1), (0, 0)]


def test_an_overdue_refund_is_found_after_any_number_of_attempts(shop: PaidShop) -> None:
    shop.pay(order_id := shop.place())
    cancel(shop.database, shop.customer, order_id)
    shop.database.execute("UPDATE refunds SET checks = 9, next_check_at = UTC_TIMESTAMP(6) + INTERVAL 2 MINUTE")
    shop.deliver_events()

    assert shop.reconcile(minutes_later=14).checks_with_findings == set()
    [finding] = shop.reconcile(minutes_later=16).findings

    assert finding.check == CheckName.REFUND_OVERDUE
    assert "44.88 USD for order" in finding.explanation
    assert "after 9 attempts" in finding.explanation


def test_a_refund_without_a_next_check_is_found_until_it_is_made(shop: PaidShop) -> None:
    shop.pay(order_id := shop.place())
    cancel(shop.database, shop.customer, order_id)
    shop.database.execute("UPDATE refunds SET next_check_at = NULL")
    shop.deliver_events()

    first, second = (shop.reconcile(repairs=True, minutes_later=16) for _ in range(2))
    shop.send_refunds()
    shop.deliver_events()

    assert first.checks_with_findings == {CheckName.REFUND_OVERDUE}
    assert [(report.disagreements, report.repaired) for report in (first, second)] == [(0, 1), (1, 0)]
    assert shop.reconcile(minutes_later=16).checks_with_findings == set()


def test_an_order_in_review_is_found_after_a_day(shop: PaidShop) -> None:
    shop.hear_of_payment(shop.provider.pay(shop.start(shop.place()), minor=4000).reference)
    shop.deliver_events()

    assert shop.reconcile(minutes_later=23 * 60).checks_with_findings == set()
    assert shop.reconcile(minutes_later=25 * 60).checks_with_findings == {CheckName.ORDER_REVIEW_OVERDUE}


def test_a_failed_refund_of_a_cancelled_order_is_found(shop: PaidShop) -> None:
    shop.pay(order_id := shop.place())
    cancel(shop.database, shop.customer, order_id)
    shop.deliver_events()
    assert shop.reconcile().checks_with_findings == set()

    shop.provider.refund_status = "failed"
    shop.send_refunds()

    [finding] = shop.reconcile().findings
    assert finding.check == CheckName.DUE_REFUND_NOT_IN_PROGRESS
    assert (
        "still has 44.88 USD; the last refund failed with the reason: expired_or_canceled_card" in finding.explanation
    )


def test_an_offline_payment_of_a_cancelled_order_is_owed(shop: PaidShop) -> None:
    order_id = shop.place()
    confirm(shop.database, shop.admin, order_id)
    cancel(shop.database, shop.customer, order_id)
    shop.deliver_events()

    report = shop.reconcile()

    assert (report.disagreements, report.owed.total) == (0, 1)
    assert "44.88 USD of its payment" in report.owed.listed[0].explanation
