"""Payments that differ between the provider and the ledger: found, and repaired where that is safe."""

from datetime import UTC, datetime, timedelta

import pytest

from microshop.errors import PaymentOutcomeUnknown, Unavailable
from microshop.reconciliation.check import CheckName
from tests.support.paid_shop import PaidShop
from tests.support.records import event_types


def test_a_payment_without_its_webhook_is_applied(shop: PaidShop) -> None:
    order_id = shop.place()
    shop.provider.pay(shop.start(order_id))
    shop.deliver_events()

    found, repaired = shop.reconcile(), shop.reconcile(repairs=True)
    shop.deliver_events()
    again = shop.reconcile(repairs=True)

    [finding] = found.findings
    assert finding.explanation.startswith("The provider has captured 44.88 USD for pi_1; in the ledger payment")
    assert [(report.disagreements, report.repaired) for report in (found, repaired, again)] == [(1, 0), (0, 1), (0, 0)]
    assert shop.order(order_id).state == ("confirmed", "paid")
    assert event_types(shop.database)["OrderPaid"] == 1
    assert [(row["kind"], row["subject"]) for row in shop.repairs()] == [("apply_provider_state", f"order:{order_id}")]


def test_an_attempt_whose_reference_was_not_stored_is_applied(shop: PaidShop) -> None:
    order_id = shop.place()
    shop.provider.fail("start", PaymentOutcomeUnknown(), acted=True)
    with pytest.raises(PaymentOutcomeUnknown):
        shop.start(order_id)
    shop.provider.pay("pi_1")
    shop.deliver_events()

    report = shop.reconcile(repairs=True, minutes_later=10)

    assert (report.disagreements, report.repaired) == (0, 1)
    assert shop.order(order_id).state == ("confirmed", "paid")


def test_a_payment_of_the_last_five_minutes_is_not_a_finding(shop: PaidShop) -> None:
    shop.provider.pay(shop.start(shop.place()))

    assert [shop.reconcile(minutes_later=minutes).disagreements for minutes in (0, 4)] == [0, 0]


def test_a_webhook_during_the_pause_removes_the_finding(shop: PaidShop) -> None:
    shop.provider.pay(shop.start(shop.place()))
    shop.deliver_events()

    report = shop.reconcile(repairs=True, while_waiting="pi_1")

    assert (report.checks_with_findings - {CheckName.EVENT_STUCK_IN_OUTBOX}, shop.repairs()) == (set(), [])


def test_a_webhook_before_the_repair_makes_it_unnecessary(shop: PaidShop) -> None:
    shop.provider.pay(shop.start(shop.place()))
    [finding] = shop.reconcile().findings[-1:]
    shop.hear_of_payment("pi_1")

    assert finding.run_repair is not None
    assert not finding.run_repair()
    assert shop.repairs() == []


@pytest.mark.parametrize(
    ("provider_state", "explanation"), [("unknown", "does not know it"), ("cancelled", "reports it as cancelled")]
)
def test_a_capture_missing_at_the_provider_is_not_repaired(
    shop: PaidShop, provider_state: str, explanation: str
) -> None:
    reference = shop.pay(shop.place())
    shop.deliver_events()
    if provider_state == "unknown":
        shop.provider.forget(reference)
    else:
        shop.provider.cancel_in_dashboard(reference)

    report = shop.reconcile(repairs=True)

    [finding] = report.findings
    assert finding.check == CheckName.CAPTURE_MISSING_AT_PROVIDER
    assert explanation in finding.explanation
    assert (report.repaired, shop.repairs()) == (0, [])


@pytest.mark.parametrize(("minor", "currency"), [(4487, "USD"), (4488, "EUR")])
def test_a_different_captured_amount_is_not_repaired(shop: PaidShop, minor: int, currency: str) -> None:
    reference = shop.pay(shop.place())
    shop.deliver_events()
    shop.provider.pay(reference, minor=minor, currency=currency)

    report = shop.reconcile(repairs=True)

    assert report.checks_with_findings == {CheckName.CAPTURED_AMOUNT_DIFFERS_FROM_PROVIDER}
    assert report.repaired == 0


def test_a_payment_of_an_unknown_order_is_not_repaired(shop: PaidShop) -> None:
    shop.provider.pay(shop.provider.add_intent(700, "USD", order_id=1, attempt=1).reference)

    report = shop.reconcile(repairs=True)

    assert [finding.explanation for finding in report.findings] == [
        "The provider has captured 7.00 USD for pi_1, which is not in the ledger."
    ]
    assert (report.repaired, shop.repairs()) == (0, [])


def test_foreign_payments_are_counted_and_are_not_a_disagreement(shop: PaidShop) -> None:
    invoice = shop.provider.pay(shop.provider.add_intent(700, "USD").reference)
    shop.provider.refund_in_dashboard(invoice.reference, 100)
    shop.provider.dispute(invoice.reference)
    shop.deliver_events()

    report = shop.reconcile(repairs=True)

    assert (report.disagreements, report.repaired, report.foreign) == (0, 0, 3)


def test_a_refund_of_a_foreign_payment_before_the_window_is_counted(shop: PaidShop) -> None:
    shop.provider.now = datetime.now(UTC) - timedelta(days=40)
    invoice = shop.provider.pay(shop.provider.add_intent(700, "USD").reference)
    shop.provider.now = None
    shop.provider.refund_in_dashboard(invoice.reference, 100)

    report = shop.reconcile(repairs=True, days=35)

    assert (report.disagreements, report.foreign) == (0, 1)


@pytest.mark.parametrize("call", ["intents", "refunds", "disputes"])
def test_everything_else_is_checked_while_the_provider_is_unavailable(shop: PaidShop, call: str) -> None:
    shop.place()
    shop.deliver_events()
    shop.database.execute("UPDATE products SET stock = stock + 1")
    shop.provider.fail(call, Unavailable("payments", "too slow"))  # type: ignore[arg-type]

    report = shop.reconcile()

    assert report.checks_with_findings == {CheckName.STOCK_DIFFERS_FROM_LEDGER}
    assert [(each.name, each.reason) for each in report.unchecked] == [
        ("provider:stripe", "payments does not answer: too slow")
    ]


def test_all_pages_of_both_sides_are_compared(shop: PaidShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("microshop.reconciliation.provider_check._BATCH_SIZE", 2)
    monkeypatch.setattr("microshop.reconciliation.queries._BATCH_SIZE", 2)
    references = [shop.pay(shop.place(1)) for _ in range(5)]
    for payment in shop.database.rows("SELECT order_id FROM payments"):
        shop.refund(payment["order_id"], 100)
    shop.deliver_events()
    shop.deliver_events()
    assert shop.reconcile().checks_with_findings == set()

    shop.provider.forget(references[-1])
    shop.provider.forget(max(shop.provider.known_refunds, key=lambda reference: int(reference[3:])))

    assert sorted(shop.reconcile().totals.values()) == [1, 1]


def test_payments_from_before_the_window_are_not_checked(shop: PaidShop) -> None:
    shop.provider.now = datetime.now(UTC) - timedelta(days=40)
    shop.provider.pay(shop.provider.add_intent(700, "USD", order_id=1, attempt=1).reference)

    assert [shop.reconcile(days=days).disagreements for days in (35, 45, None)] == [0, 1, 1]
