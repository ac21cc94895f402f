"""A payment provider and the ledger that disagree: found, and settled where the provider's word is enough."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from microshop.errors import PaymentOutcomeUnknown, Unavailable
from microshop.orders.dispute_status import DisputeStatus
from microshop.platform.mysql import Database
from microshop.reconciliation.check import CheckName
from tests.support import use_cases
from tests.support.paid_shop import PaidShop
from tests.support.records import event_types


@pytest.fixture
def shop(database: Database, batching: Database) -> Iterator[PaidShop]:
    """A shop that is thrown away after the test."""
    shop = PaidShop(database, batching)
    yield shop
    shop.empty()


def test_what_was_paid_without_a_webhook_is_settled(shop: PaidShop) -> None:
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


def test_an_attempt_whose_reference_was_never_noted_is_settled(shop: PaidShop) -> None:
    order_id = shop.place()
    shop.provider.fail("start", PaymentOutcomeUnknown(), acted=True)
    with pytest.raises(PaymentOutcomeUnknown):
        shop.start(order_id)
    shop.provider.pay("pi_1")
    shop.deliver_events()

    report = shop.reconcile(repairs=True, minutes_later=10)

    assert (report.disagreements, report.repaired) == (0, 1)
    assert shop.order(order_id).state == ("confirmed", "paid")


def test_what_was_begun_within_five_minutes_may_be_on_its_way(shop: PaidShop) -> None:
    shop.provider.pay(shop.start(shop.place()))

    assert [shop.reconcile(minutes_later=minutes).disagreements for minutes in (0, 4)] == [0, 0]


def test_a_webhook_that_arrives_meanwhile_leaves_nothing_to_tell(shop: PaidShop) -> None:
    shop.provider.pay(shop.start(shop.place()))
    shop.deliver_events()

    report = shop.reconcile(repairs=True, while_waiting="pi_1")

    assert (report.checks_with_findings - {CheckName.EVENT_STUCK_IN_OUTBOX}, shop.repairs()) == (set(), [])


def test_a_webhook_that_comes_before_the_repair_leaves_it_nothing_to_do(shop: PaidShop) -> None:
    shop.provider.pay(shop.start(shop.place()))
    [finding] = shop.reconcile().findings[-1:]
    shop.hear_of_payment("pi_1")

    assert finding.run_repair is not None
    assert not finding.run_repair()
    assert shop.repairs() == []


@pytest.mark.parametrize(
    ("what", "said"), [("forgotten", "does not know it"), ("cancelled", "reports it as cancelled")]
)
def test_money_that_the_provider_does_not_have_is_left_to_people(shop: PaidShop, what: str, said: str) -> None:
    reference = shop.pay(shop.place())
    shop.deliver_events()
    if what == "forgotten":
        shop.provider.forget(reference)
    else:
        shop.provider.cancel_in_dashboard(reference)

    report = shop.reconcile(repairs=True)

    [finding] = report.findings
    assert finding.check == CheckName.CAPTURE_MISSING_AT_PROVIDER
    assert said in finding.explanation
    assert (report.repaired, shop.repairs()) == (0, [])


@pytest.mark.parametrize(("minor", "currency"), [(4487, "USD"), (4488, "EUR")])
def test_another_amount_is_left_to_people(shop: PaidShop, minor: int, currency: str) -> None:
    reference = shop.pay(shop.place())
    shop.deliver_events()
    shop.provider.pay(reference, minor=minor, currency=currency)

    report = shop.reconcile(repairs=True)

    assert report.checks_with_findings == {CheckName.CAPTURED_AMOUNT_DIFFERS_FROM_PROVIDER}
    assert report.repaired == 0


def test_money_that_is_of_no_order_is_left_to_people(shop: PaidShop) -> None:
    shop.provider.pay(shop.provider.add_intent(700, "USD", order_id=1, attempt=1).reference)

    report = shop.reconcile(repairs=True)

    assert [finding.explanation for finding in report.findings] == [
        "The provider has captured 7.00 USD for pi_1, which is not in the ledger."
    ]
    assert (report.repaired, shop.repairs()) == (0, [])


def test_payments_of_others_are_counted_and_are_no_disagreement(shop: PaidShop) -> None:
    invoice = shop.provider.pay(shop.provider.add_intent(700, "USD").reference)
    shop.provider.refund_in_dashboard(invoice.reference, 100)
    shop.provider.dispute(invoice.reference)
    shop.deliver_events()

    report = shop.reconcile(repairs=True)

    assert (report.disagreements, report.repaired, report.foreign) == (0, 0, 3)


def test_a_refund_of_an_older_payment_of_another_is_counted_too(shop: PaidShop) -> None:
    shop.provider.now = datetime.now(UTC) - timedelta(days=40)
    invoice = shop.provider.pay(shop.provider.add_intent(700, "USD").reference)
    shop.provider.now = None
    shop.provider.refund_in_dashboard(invoice.reference, 100)

    report = shop.reconcile(repairs=True, days=35)

    assert (report.disagreements, report.foreign) == (0, 1)


def test_reconciliation_enters_a_dispute_without_a_webhook(shop: PaidShop) -> None:
    order_id = shop.place()
    dispute = shop.provider.dispute(shop.pay(order_id))
    shop.deliver_events()

    repaired = shop.reconcile(repairs=True)
    shop.deliver_events()
    again = shop.reconcile(repairs=True)

    assert repaired.checks_with_findings == {CheckName.DISPUTE_MISSING_IN_LEDGER}
    assert [(report.disagreements, report.repaired) for report in (repaired, again)] == [(0, 1), (0, 0)]
    assert shop.order(order_id).dispute_status == dispute.status == "open"


def test_reconciliation_applies_the_end_of_a_dispute_without_a_webhook(shop: PaidShop) -> None:
    order_id = shop.place()
    dispute = shop.provider.dispute(shop.pay(order_id))
    shop.reconcile(repairs=True)
    shop.provider.update_dispute(dispute.reference, "won")
    shop.deliver_events()

    repaired = shop.reconcile(repairs=True)
    shop.deliver_events()

    assert repaired.checks_with_findings == {CheckName.DISPUTE_DIFFERS_FROM_PROVIDER}
    assert (repaired.disagreements, repaired.repaired) == (0, 1)
    assert shop.order(order_id).dispute_status == "won"
    assert shop.reconcile().checks_with_findings == set()


@pytest.mark.parametrize("end", ["open", "lost"])
def test_money_that_a_dispute_withholds_is_not_due(shop: PaidShop, end: DisputeStatus) -> None:
    order_id = shop.place()
    dispute = shop.provider.dispute(shop.pay(order_id))
    shop.provider.update_dispute(dispute.reference, end)
    shop.reconcile(repairs=True)
    use_cases.cancel(shop.database, shop.admin, order_id)
    shop.deliver_events()

    assert shop.reconcile().checks_with_findings == set()


def test_a_refund_made_at_the_provider_is_entered(shop: PaidShop) -> None:
    order_id = shop.place()
    shop.provider.refund_in_dashboard(shop.pay(order_id), 700)
    shop.deliver_events()

    found, repaired = shop.reconcile(), shop.reconcile(repairs=True)
    shop.deliver_events()
    again = shop.reconcile(repairs=True)

    assert found.checks_with_findings == {CheckName.REFUND_MISSING_IN_LEDGER}
    assert [(report.disagreements, report.repaired) for report in (found, repaired, again)] == [(1, 0), (0, 1), (0, 0)]
    assert (shop.order(order_id).payment_status, shop.order(order_id).refunded_minor) == ("partially_refunded", 700)


def test_a_refund_that_came_back_is_taken_back(shop: PaidShop) -> None:
    order_id = shop.place()
    shop.pay(order_id)
    shop.refund(order_id, 500)
    shop.provider.fail_refund("re_2")
    shop.deliver_events()

    repaired = shop.reconcile(repairs=True)
    shop.deliver_events()
    again = shop.reconcile(repairs=True)

    assert repaired.checks_with_findings == {CheckName.REFUND_STATUS_DIFFERS_FROM_PROVIDER}
    assert [(report.disagreements, report.repaired) for report in (repaired, again)] == [(0, 1), (0, 0)]
    assert shop.order(order_id).state == ("confirmed", "paid")


def test_a_refund_that_the_provider_does_not_know_is_left_to_people(shop: PaidShop) -> None:
    order_id = shop.place()
    shop.pay(order_id)
    shop.refund(order_id, 500)
    shop.provider.forget("re_2")
    shop.deliver_events()

    report = shop.reconcile(repairs=True)

    assert report.checks_with_findings == {CheckName.REFUND_MISSING_AT_PROVIDER}
    assert report.repaired == 0


def test_a_payment_and_its_refund_that_nobody_told_of_are_settled_in_this_order(shop: PaidShop) -> None:
    order_id = shop.place()
    shop.provider.pay(reference := shop.start(order_id))
    shop.provider.refund_in_dashboard(reference, 4488)
    shop.deliver_events()

    report = shop.reconcile(repairs=True)

    assert (report.disagreements, report.repaired) == (0, 2)
    assert shop.order(order_id).state == ("confirmed", "refunded")


@pytest.mark.parametrize("call", ["intents", "refunds", "disputes"])
def test_a_provider_that_is_away_keeps_nothing_else_from_being_checked(shop: PaidShop, call: str) -> None:
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
    monkeypatch.setattr("microshop.reconciliation.provider_checking._BATCH_SIZE", 2)
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


def test_what_was_begun_before_the_window_is_not_asked_for(shop: PaidShop) -> None:
    shop.provider.now = datetime.now(UTC) - timedelta(days=40)
    shop.provider.pay(shop.provider.add_intent(700, "USD", order_id=1, attempt=1).reference)

    assert [shop.reconcile(days=days).disagreements for days in (35, 45, None)] == [0, 1, 1]
