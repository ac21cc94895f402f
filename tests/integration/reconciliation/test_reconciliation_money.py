"""Each way in which payments, refunds, their ledger and orders can disagree: found, and repaired where that is safe."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from microshop.payments.provider_updates import apply_update
from microshop.platform.mysql import Database
from microshop.reconciliation.check import CheckName
from tests.support.paid_shop import PaidShop
from tests.support.records import event_types
from tests.support.use_cases import cancel, confirm, deliver, ship

# What is done to a shop with an order of 44.88 USD that was paid, and of which 5.00 went back → what tells of it.
_BREAKS: dict[str, tuple[str, set[CheckName]]] = {
    "an entry has another amount": (
        "UPDATE payment_entries SET amount_minor = 4487 WHERE kind = 'captured'",
        {CheckName.PAYMENT_DIFFERS_FROM_LEDGER},
    ),
    "a refund has no entry": (
        "DELETE FROM payment_entries WHERE kind = 'refunded'",
        {CheckName.REFUND_DIFFERS_FROM_LEDGER},
    ),
    "a refund's entry has another amount": (
        "UPDATE payment_entries SET amount_minor = 499 WHERE kind = 'refunded'",
        {CheckName.REFUND_DIFFERS_FROM_LEDGER},
    ),
    "less is promised": (
        "UPDATE payments SET refunded_minor = 499",
        {CheckName.PAYMENT_REFUNDED_AMOUNT_DIFFERS_FROM_REFUNDS},
    ),
    "the order counts more as captured": (
        "UPDATE orders SET captured_minor = 4489",
        {CheckName.ORDER_CAPTURED_AMOUNT_DIFFERS_FROM_PAYMENT},
    ),
    "the order counts less as refunded": (
        "UPDATE orders SET refunded_minor = 499",
        {CheckName.ORDER_REFUNDED_AMOUNT_DIFFERS_FROM_REFUNDS},
    ),
    "the order knows of no money": (
        "UPDATE orders SET payment_status = 'unpaid', captured_minor = 0, refunded_minor = 0",
        {
            CheckName.CAPTURED_PAYMENT_NOT_APPLIED_TO_ORDER,
            CheckName.ORDER_REFUNDED_AMOUNT_DIFFERS_FROM_REFUNDS,
            CheckName.ORDER_DIFFERS_FROM_LAST_HISTORY_ENTRY,
        },
    ),
}


@pytest.fixture
def shop(database: Database, batching: Database) -> Iterator[PaidShop]:
    """A shop that is thrown away after the test."""
    shop = PaidShop(database, batching)
    yield shop
    shop.empty()


@pytest.fixture
def order_id(shop: PaidShop) -> int:
    """An order of 44.88 USD that was paid, and of which 5.00 went back."""
    order_id = shop.place()
    shop.pay(order_id)
    shop.refund(order_id, 500)
    shop.deliver_events()
    return order_id


@pytest.mark.parametrize("how", _BREAKS)
def test_what_only_people_can_clear_up_is_found_and_left(shop: PaidShop, order_id: int, how: str) -> None:
    statement, checks = _BREAKS[how]
    shop.database.execute(statement)

    report = shop.reconcile(repairs=True)

    assert (report.checks_with_findings, report.repaired) == (checks, 0)
    assert shop.repairs() == []


def test_a_finding_names_ids_and_amounts(shop: PaidShop, order_id: int) -> None:
    shop.database.execute("UPDATE payments SET refunded_minor = 499")

    [finding] = shop.reconcile().findings

    assert f"of order {order_id} captured 44.88 USD and counts 4.99 USD as refunded or requested" in finding.explanation
    assert "its refunds add up to 5.00 USD" in finding.explanation


def test_the_missing_entry_of_a_capture_is_added(shop: PaidShop, order_id: int) -> None:
    shop.database.execute("DELETE FROM payment_entries WHERE kind = 'captured'")

    first, second = shop.reconcile(repairs=True), shop.reconcile(repairs=True)

    assert first.checks_with_findings == {CheckName.PAYMENT_WITHOUT_LEDGER_ENTRY}
    assert [(report.disagreements, report.repaired) for report in (first, second)] == [(0, 1), (0, 0)]
    captured = [entry for entry in shop.uow.queries.entries(order_id) if entry.kind == "captured"]
    assert [(entry.amount_minor, entry.reference) for entry in captured] == [(4488, "pi_1")]


@pytest.mark.parametrize(
    ("over", "status", "event"), [(False, ("confirmed", "paid"), "OrderPaid"), (True, ("expired", "paid"), "")]
)
def test_a_capture_of_which_its_order_does_not_know_is_settled_anew(
    shop: PaidShop, over: bool, status: tuple[str, str], event: str
) -> None:
    order_id = shop.place()
    shop.provider.pay(shop.start(order_id))
    if over:
        shop.database.execute("UPDATE payments SET state = 'failed'")
        shop.expire(order_id)
    shop.database.execute("UPDATE payments SET state = 'captured', captured_minor = amount_minor")
    shop.deliver_events()

    first = shop.reconcile(repairs=True, minutes_later=0)
    shop.deliver_events()
    second = shop.reconcile(repairs=True, minutes_later=0)

    assert CheckName.CAPTURED_PAYMENT_NOT_APPLIED_TO_ORDER in first.checks_with_findings
    assert [(report.disagreements, second.repaired) for report in (first, second)] == [(0, 0), (0, 0)]
    assert (shop.order(order_id).state, shop.order(order_id).captured_minor) == (status, 4488)
    assert not event or event_types(shop.database)[event] == 1
    assert [refund.cause for refund in shop.uow.queries.refunds(order_id)] == (["late"] if over else [])


def test_a_capture_for_an_order_that_is_to_be_paid_on_delivery_is_left(shop: PaidShop) -> None:
    order_id = shop.place()
    shop.provider.pay(shop.start(order_id))
    shop.database.execute("UPDATE payments SET state = 'captured', captured_minor = amount_minor")
    shop.database.execute("UPDATE orders SET status = 'confirmed', payment_method = 'cash_on_delivery'")

    report = shop.reconcile(repairs=True, minutes_later=0)

    [finding] = [each for each in report.findings if each.check is CheckName.CAPTURED_PAYMENT_NOT_APPLIED_TO_ORDER]
    assert not finding.repaired
    assert shop.uow.queries.refunds(order_id) == []


def test_capture_is_left_when_the_order_has_another_total(shop: PaidShop) -> None:
    shop.provider.pay(shop.start(order_id := shop.place()))
    shop.database.execute("UPDATE payments SET state = 'captured', captured_minor = amount_minor")
    shop.database.execute("UPDATE orders SET shipping_minor = shipping_minor + 1, total_minor = total_minor + 1")

    report = shop.reconcile(repairs=True, minutes_later=0)

    [finding] = [each for each in report.findings if each.check is CheckName.CAPTURED_PAYMENT_NOT_APPLIED_TO_ORDER]
    assert not finding.repaired
    assert shop.order(order_id).state == ("pending", "unpaid")


@pytest.mark.parametrize(("method", "provider"), [("card", "offline"), ("cash_on_delivery", "cash_on_delivery")])
def test_what_a_release_without_a_ledger_was_paid_is_entered(shop: PaidShop, method: str, provider: str) -> None:
    order_id = shop.place(payment_method="card" if method == "card" else "cash_on_delivery")
    if method == "card":
        confirm(shop.database, shop.admin, order_id)
    else:
        ship(shop.database, shop.admin, order_id)
        deliver(shop.database, shop.admin, order_id)
    for statement in ("DELETE FROM payment_entries", "DELETE FROM payments", "UPDATE orders SET captured_minor = 0"):
        shop.database.execute(statement)
    shop.deliver_events()

    first, second = shop.reconcile(repairs=True), shop.reconcile(repairs=True)

    assert first.checks_with_findings == {CheckName.PAID_ORDER_WITHOUT_PAYMENT}
    assert [(report.disagreements, report.repaired) for report in (first, second)] == [(0, 1), (0, 0)]
    [payment] = shop.uow.queries.payments(order_id)
    assert (payment.provider, payment.state, payment.captured_minor) == (provider, "captured", 4488)


def test_an_order_that_is_paid_without_anybody_saying_so_is_left(shop: PaidShop) -> None:
    order_id = shop.place(payment_method="cash_on_delivery")
    shop.database.execute("UPDATE orders SET payment_status = 'paid' WHERE id = %(id)s", {"id": order_id})

    report = shop.reconcile(repairs=True, minutes_later=0)

    assert CheckName.PAID_ORDER_WITHOUT_PAYMENT in report.checks_with_findings
    assert report.repaired == 0


def test_an_order_that_waits_for_no_attempt_is_found(shop: PaidShop) -> None:
    order_id = shop.place()
    shop.provider.process(shop.start(order_id))
    shop.hear_of_payment("pi_1")
    shop.database.execute("UPDATE payments SET state = 'failed', next_check_at = NULL")
    shop.deliver_events()

    assert shop.reconcile().checks_with_findings == {CheckName.PENDING_ORDER_WITHOUT_PAYMENT_ATTEMPT}


def test_an_order_that_expired_after_it_was_paid_is_found(shop: PaidShop) -> None:
    order_id = shop.place()
    shop.start(order_id)
    shop.expire(order_id)
    shop.hear_of_payment(shop.provider.pay("pi_1").reference)
    shop.send_refunds()
    shop.deliver_events()
    assert shop.reconcile().checks_with_findings == set()

    shop.database.execute("UPDATE payment_entries SET created_at = created_at - INTERVAL 5 SECOND")

    assert shop.reconcile().checks_with_findings == {CheckName.PAID_ORDER_EXPIRED}


@pytest.mark.parametrize("next_check", ["UTC_TIMESTAMP(6) - INTERVAL 2 HOUR", "NULL"])
def test_a_payment_that_nobody_asks_about_is_made_due(shop: PaidShop, next_check: str) -> None:
    shop.provider.process(shop.start(shop.place()))
    shop.hear_of_payment("pi_1")
    shop.database.execute(f"UPDATE payments SET next_check_at = {next_check}, updated_at = '2026-01-02'")  # noqa: S608
    shop.deliver_events()

    first, second = shop.reconcile(repairs=True), shop.reconcile(repairs=True)

    assert first.checks_with_findings == {CheckName.PAYMENT_CHECK_OVERDUE}
    assert [(report.disagreements, report.repaired) for report in (first, second)] == [(0, 1), (0, 0)]
    assert shop.reconcile(minutes_later=59).checks_with_findings == set()


def test_abandoned_attempt_is_made_due_when_no_check_is_planned(shop: PaidShop) -> None:
    shop.start(order_id := shop.place())
    cancel(shop.database, shop.customer, order_id)
    shop.database.execute("UPDATE payments SET next_check_at = NULL, updated_at = '2026-01-02'")
    shop.deliver_events()

    first, second = shop.reconcile(repairs=True), shop.reconcile(repairs=True)

    assert first.checks_with_findings == {CheckName.PAYMENT_CHECK_OVERDUE}
    assert [(report.disagreements, report.repaired) for report in (first, second)] == [(0, 1), (0, 0)]


@pytest.mark.parametrize("next_check", ["UTC_TIMESTAMP(6) - INTERVAL 2 HOUR", "NULL"])
def test_a_pending_refund_that_nobody_asks_about_is_made_due(shop: PaidShop, next_check: str) -> None:
    shop.pay(order_id := shop.place())
    shop.provider.refund_status = "pending"
    shop.refund(order_id, 500)
    shop.database.execute(f"UPDATE refunds SET next_check_at = {next_check}, updated_at = '2026-01-02'")  # noqa: S608
    shop.deliver_events()

    first, second = shop.reconcile(repairs=True), shop.reconcile(repairs=True)

    assert first.checks_with_findings == {CheckName.REFUND_CHECK_OVERDUE}
    assert [(report.disagreements, report.repaired) for report in (first, second)] == [(0, 1), (0, 0)]


def test_an_overdue_refund_is_found_however_often_it_was_tried(shop: PaidShop) -> None:
    shop.pay(order_id := shop.place())
    cancel(shop.database, shop.customer, order_id)
    shop.database.execute("UPDATE refunds SET checks = 9, next_check_at = UTC_TIMESTAMP(6) + INTERVAL 2 MINUTE")
    shop.deliver_events()

    assert shop.reconcile(minutes_later=14).checks_with_findings == set()
    [finding] = shop.reconcile(minutes_later=16).findings

    assert finding.check == CheckName.REFUND_OVERDUE
    assert "44.88 USD for order" in finding.explanation
    assert "after 9 attempts" in finding.explanation


def test_a_refund_without_a_next_try_is_due_and_found_until_it_is_made(shop: PaidShop) -> None:
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


def test_an_order_in_review_needs_somebody_after_a_day(shop: PaidShop) -> None:
    shop.hear_of_payment(shop.provider.pay(shop.start(shop.place()), minor=4000).reference)
    shop.deliver_events()

    assert shop.reconcile(minutes_later=23 * 60).checks_with_findings == set()
    assert shop.reconcile(minutes_later=25 * 60).checks_with_findings == {CheckName.ORDER_REVIEW_OVERDUE}


def test_an_ended_order_is_no_finding_while_its_money_is_disputed(shop: PaidShop) -> None:
    shop.hear_of_payment(reference := shop.provider.pay(shop.start(order_id := shop.place()), minor=4000).reference)
    dispute = shop.provider.dispute(reference)
    apply_update("stripe", dispute, shop.uow)
    cancel(shop.database, shop.customer, order_id)
    shop.deliver_events()

    assert shop.order(order_id).state == ("cancelled", "review")
    assert shop.reconcile(minutes_later=25 * 60).checks_with_findings == set()

    apply_update("stripe", shop.provider.update_dispute(dispute.reference, "lost"), shop.uow)
    shop.deliver_events()

    assert shop.reconcile(minutes_later=25 * 60).checks_with_findings == set()


def test_a_pending_order_in_review_needs_somebody_although_it_is_disputed(shop: PaidShop) -> None:
    shop.hear_of_payment(reference := shop.provider.pay(shop.start(shop.place()), minor=4000).reference)
    apply_update("stripe", shop.provider.dispute(reference), shop.uow)
    shop.deliver_events()

    assert shop.reconcile(minutes_later=25 * 60).checks_with_findings == {CheckName.ORDER_REVIEW_OVERDUE}


def test_a_refund_that_a_dispute_holds_is_not_overdue(shop: PaidShop) -> None:
    reference = shop.pay(order_id := shop.place())
    cancel(shop.database, shop.customer, order_id)
    dispute = shop.provider.dispute(reference)
    apply_update("stripe", dispute, shop.uow)
    shop.send_refunds()
    shop.deliver_events()

    assert shop.reconcile(minutes_later=20).checks_with_findings == set()

    apply_update("stripe", shop.provider.update_dispute(dispute.reference, "won"), shop.uow)
    shop.deliver_events()

    assert shop.reconcile(minutes_later=20).checks_with_findings == {CheckName.REFUND_OVERDUE}


def test_money_of_a_cancelled_order_whose_refund_failed_is_found(shop: PaidShop) -> None:
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


def test_undisputed_money_of_a_cancelled_order_is_found(shop: PaidShop) -> None:
    reference = shop.pay(order_id := shop.place())
    apply_update("stripe", shop.provider.dispute(reference, "lost", 1000), shop.uow)
    shop.provider.refund_status = "failed"
    cancel(shop.database, shop.customer, order_id)
    shop.send_refunds()
    shop.deliver_events()

    [finding] = shop.reconcile().findings

    assert finding.check == CheckName.DUE_REFUND_NOT_IN_PROGRESS
    assert "still has 34.88 USD; the last" in finding.explanation


def test_a_refund_that_a_dispute_of_a_part_leaves_room_for_is_overdue(shop: PaidShop) -> None:
    reference = shop.pay(order_id := shop.place())
    apply_update("stripe", shop.provider.dispute(reference, "open", 1000), shop.uow)
    cancel(shop.database, shop.customer, order_id)
    shop.deliver_events()

    assert shop.reconcile(minutes_later=20).checks_with_findings == {CheckName.REFUND_OVERDUE}


def test_funds_that_a_won_dispute_has_not_brought_back_are_found_in_each_round(shop: PaidShop) -> None:
    opened = shop.provider.dispute(shop.pay(shop.place()))
    won = shop.provider.update_dispute(opened.reference, "won")
    apply_update("stripe", won, shop.uow)
    shop.deliver_events()
    fortnight = 15 * 24 * 60
    assert shop.reconcile(minutes_later=fortnight).checks_with_findings == set()

    again = replace(won.movements[0], reference="txn_again")
    apply_update("stripe", replace(won, movements=(*won.movements, again)), shop.uow)

    assert shop.reconcile(minutes_later=fortnight).checks_with_findings == {CheckName.DISPUTED_FUNDS_NOT_REINSTATED}


def test_money_that_came_by_hand_is_owed_and_no_disagreement(shop: PaidShop) -> None:
    order_id = shop.place()
    confirm(shop.database, shop.admin, order_id)
    cancel(shop.database, shop.customer, order_id)
    shop.deliver_events()

    report = shop.reconcile()

    assert (report.disagreements, report.owed.total) == (0, 1)
    assert "44.88 USD of its payment" in report.owed.listed[0].explanation
