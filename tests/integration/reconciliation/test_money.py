"""Faults of payments, refunds, their ledger and their orders: found, and repaired where that is safe."""

import pytest

from microshop.reconciliation.check import CheckName
from tests.support.paid_shop import PaidShop
from tests.support.records import event_types
from tests.support.use_cases import confirm, deliver, ship

# A statement on a shop with a paid order of 44.88 USD of which 5.00 were refunded, and the checks that find the result.
_FAULTS: dict[str, tuple[str, set[CheckName]]] = {
    "a capture entry has another amount": (
        "UPDATE payment_entries SET amount_minor = 4487 WHERE kind = 'captured'",
        {CheckName.PAYMENT_DIFFERS_FROM_LEDGER},
    ),
    "a refund has no ledger entry": (
        "DELETE FROM payment_entries WHERE kind = 'refunded'",
        {CheckName.REFUND_DIFFERS_FROM_LEDGER},
    ),
    "a refund entry has another amount": (
        "UPDATE payment_entries SET amount_minor = 499 WHERE kind = 'refunded'",
        {CheckName.REFUND_DIFFERS_FROM_LEDGER},
    ),
    "the payment counts less as refunded": (
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
    "the payment is not applied to the order": (
        "UPDATE orders SET payment_status = 'unpaid', captured_minor = 0, refunded_minor = 0",
        {
            CheckName.CAPTURED_PAYMENT_NOT_APPLIED_TO_ORDER,
            CheckName.ORDER_REFUNDED_AMOUNT_DIFFERS_FROM_REFUNDS,
            CheckName.ORDER_DIFFERS_FROM_LAST_HISTORY_ENTRY,
        },
    ),
}


@pytest.fixture
def order_id(shop: PaidShop) -> int:
    """A paid order of 44.88 USD of which 5.00 were refunded."""
    order_id = shop.place()
    shop.pay(order_id)
    shop.refund(order_id, 500)
    shop.deliver_events()
    return order_id


@pytest.mark.parametrize("fault", _FAULTS)
def test_a_fault_without_a_safe_repair_is_found_and_left(shop: PaidShop, order_id: int, fault: str) -> None:
    statement, checks = _FAULTS[fault]
    shop.database.execute(statement)

    report = shop.reconcile(repairs=True)

    assert (report.checks_with_findings, report.repaired) == (checks, 0)
    assert shop.repairs() == []


def test_a_finding_has_ids_and_amounts(shop: PaidShop, order_id: int) -> None:
    shop.database.execute("UPDATE payments SET refunded_minor = 499")

    [finding] = shop.reconcile().findings

    assert f"of order {order_id} captured 44.88 USD and counts 4.99 USD as refunded or requested" in finding.explanation
    assert "its refunds add up to 5.00 USD" in finding.explanation


def test_the_missing_ledger_entry_of_a_capture_is_added(shop: PaidShop, order_id: int) -> None:
    shop.database.execute("DELETE FROM payment_entries WHERE kind = 'captured'")

    first, second = shop.reconcile(repairs=True), shop.reconcile(repairs=True)

    assert first.checks_with_findings == {CheckName.PAYMENT_WITHOUT_LEDGER_ENTRY}
    assert [(report.disagreements, report.repaired) for report in (first, second)] == [(0, 1), (0, 0)]
    captured = [entry for entry in shop.uow.queries.entries(order_id) if entry.kind == "captured"]
    assert [(entry.amount_minor, entry.reference) for entry in captured] == [(4488, "pi_1")]


@pytest.mark.parametrize(
    ("ended", "status", "event"), [(False, ("confirmed", "paid"), "OrderPaid"), (True, ("expired", "paid"), "")]
)
def test_a_capture_missing_from_its_order_is_applied_again(
    shop: PaidShop, ended: bool, status: tuple[str, str], event: str
) -> None:
    order_id = shop.place()
    shop.provider.pay(shop.start(order_id))
    if ended:
        shop.database.execute("UPDATE payments SET state = 'failed'")
        shop.expire(order_id)
    shop.database.execute("UPDATE payments SET state = 'captured', captured_minor = amount_minor")
    shop.deliver_events()

    first = shop.reconcile(repairs=True, minutes_later=0)
    shop.deliver_events()
    second = shop.reconcile(repairs=True, minutes_later=0)

    assert CheckName.CAPTURED_PAYMENT_NOT_APPLIED_TO_ORDER in first.checks_with_findings
    assert (first.disagreements, second.disagreements, second.repaired) == (0, 0, 0)
    assert (shop.order(order_id).state, shop.order(order_id).captured_minor) == (status, 4488)
    assert not event or event_types(shop.database)[event] == 1
    assert [refund.cause for refund in shop.uow.queries.refunds(order_id)] == (["late"] if ended else [])


def test_a_capture_of_a_cash_on_delivery_order_is_not_repaired(shop: PaidShop) -> None:
    order_id = shop.place()
    shop.provider.pay(shop.start(order_id))
    shop.database.execute("UPDATE payments SET state = 'captured', captured_minor = amount_minor")
    shop.database.execute("UPDATE orders SET status = 'confirmed', payment_method = 'cash_on_delivery'")

    report = shop.reconcile(repairs=True, minutes_later=0)

    [finding] = [each for each in report.findings if each.check is CheckName.CAPTURED_PAYMENT_NOT_APPLIED_TO_ORDER]
    assert not finding.repaired
    assert shop.uow.queries.refunds(order_id) == []


def test_a_capture_of_another_amount_than_the_order_is_not_repaired(shop: PaidShop) -> None:
    shop.provider.pay(shop.start(order_id := shop.place()))
    shop.database.execute("UPDATE payments SET state = 'captured', captured_minor = amount_minor")
    shop.database.execute("UPDATE orders SET shipping_minor = shipping_minor + 1, total_minor = total_minor + 1")

    report = shop.reconcile(repairs=True, minutes_later=0)

    [finding] = [each for each in report.findings if each.check is CheckName.CAPTURED_PAYMENT_NOT_APPLIED_TO_ORDER]
    assert not finding.repaired
    assert shop.order(order_id).state == ("pending", "unpaid")


@pytest.mark.parametrize(("method", "provider"), [("card", "offline"), ("cash_on_delivery", "cash_on_delivery")])
def test_a_payment_of_a_release_without_a_ledger_is_entered(shop: PaidShop, method: str, provider: str) -> None:
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


def test_an_order_marked_paid_without_history_is_not_repaired(shop: PaidShop) -> None:
    order_id = shop.place(payment_method="cash_on_delivery")
    shop.database.execute("UPDATE orders SET payment_status = 'paid' WHERE id = %(id)s", {"id": order_id})

    report = shop.reconcile(repairs=True, minutes_later=0)

    assert CheckName.PAID_ORDER_WITHOUT_PAYMENT in report.checks_with_findings
    assert report.repaired == 0


def test_a_pending_order_without_a_payment_attempt_is_found(shop: PaidShop) -> None:
    order_id = shop.place()
    shop.provider.process(shop.start(order_id))
    shop.hear_of_payment("pi_1")
    shop.database.execute("UPDATE payments SET state = 'failed', next_check_at = NULL")
    shop.deliver_events()

    assert shop.reconcile().checks_with_findings == {CheckName.PENDING_ORDER_WITHOUT_PAYMENT_ATTEMPT}


def test_an_order_that_expired_after_its_payment_is_found(shop: PaidShop) -> None:
    order_id = shop.place()
    shop.start(order_id)
    shop.expire(order_id)
    shop.hear_of_payment(shop.provider.pay("pi_1").reference)
    shop.send_refunds()
    shop.deliver_events()
    assert shop.reconcile().checks_with_findings == set()

    shop.database.execute("UPDATE payment_entries SET created_at = created_at - INTERVAL 5 SECOND")

    assert shop.reconcile().checks_with_findings == {CheckName.PAID_ORDER_EXPIRED}
