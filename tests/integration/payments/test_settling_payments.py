"""How provider updates change a payment and its order: every update in every state, repeated, late and out of order."""

import pytest

from microshop.platform.mysql import Database
from tests.support.books import disagreements
from tests.support.payment_situations import SITUATIONS, UPDATES, Effect, Situation, update_of
from tests.support.payments import TOTAL, Till
from tests.support.records import event_types, events_of, stock_of


def _has_an_event_per_version(till: Till, order_id: int) -> bool:
    versions = list(range(1, till.order(order_id).version + 1))
    published = [data["order_version"] for _, data in events_of(till.database, f"order:{order_id}")]
    return published == versions == [entry.version for entry in till.history(order_id)]


def _effect(till: Till, situation: Situation, update: str) -> Effect:
    """Apply an update twice: each change has one event, and the repetition changes nothing. Returns the effect."""
    order_id = situation.made(till)
    before = till.order(order_id)
    assert (till.payments(order_id)[0].state, before.state) == (situation.payment, situation.order)

    outcome = till.receive(update_of(till, order_id, update))
    after, everything = till.order(order_id), till.all_rows()

    changed = after.state != before.state or outcome in ("declined", "mismatch")
    assert after.version - before.version == int(changed)
    assert _has_an_event_per_version(till, order_id)
    payment = till.payments(order_id)[0].state
    assert till.receive(update_of(till, order_id, update)) == "nothing_new"
    assert till.all_rows() == everything
    return Effect(outcome, payment, after.state)


@pytest.mark.parametrize("name", SITUATIONS)
def test_an_update_has_the_effect_that_the_state_allows_once(till: Till, name: str) -> None:
    situation = SITUATIONS[name]
    nothing = Effect("nothing_new", situation.payment, situation.order)

    effects = {update: _effect(till, situation, update) for update in UPDATES}

    assert effects == {**dict.fromkeys(UPDATES, nothing), **situation.changes}


def test_a_paid_order_is_confirmed_and_has_the_providers_reference(till: Till) -> None:
    order_id = till.place_and_start()

    assert till.pay(order_id) == "paid"

    order, payment = till.order(order_id), till.payment(order_id)
    assert (order.captured_minor, order.payment_reference, order.expires_at) == (TOTAL, payment.reference, None)
    assert (payment.captured_minor, payment.left_minor, payment.next_check_at) == (TOTAL, TOTAL, None)
    assert [(entry.action, entry.actor) for entry in till.history(order_id)] == [
        ("placed", "customer"),
        ("paid", "system"),
    ]
    kind, data = events_of(till.database, f"order:{order_id}")[-1]
    assert (kind, data["provider"], data["payment_status"]) == ("OrderPaid", "stripe", "paid")
    assert [(entry.kind, entry.amount_minor) for entry in till.entries(order_id)] == [
        ("started", TOTAL),
        ("captured", TOTAL),
    ]


def test_a_decline_has_an_event_with_its_code_and_a_ledger_entry(till: Till) -> None:
    order_id = till.place_and_start()

    till.receive(till.provider.decline(till.reference(order_id), "insufficient_funds", "Too little."))
    till.receive(till.provider.decline(till.reference(order_id), "insufficient_funds", "Too little."))

    assert till.actions(order_id) == ["placed", "payment_failed", "payment_failed"]  # one per charge
    kind, data = events_of(till.database, f"order:{order_id}")[-1]
    assert (kind, data["reason"]) == ("OrderPaymentFailed", "insufficient_funds")
    assert [entry.reason for entry in till.entries(order_id)] == [None, "Too little.", "Too little."]


@pytest.mark.parametrize("over", ["cancelled", "expired"])
def test_a_late_payment_is_refunded_in_full(till: Till, over: str) -> None:
    order_id = till.place_and_start() if over == "cancelled" else till.place_and_expire()
    if over == "cancelled":
        till.cancel(order_id)

    assert till.pay(order_id) == "paid_late"
    [due] = till.refunds(order_id)
    assert (due.state, due.amount_minor, due.cause) == ("requested", TOTAL, "late")
    assert till.resolve()[-1] == "refunded"

    order = till.order(order_id)
    assert (order.state, order.captured_minor, order.refunded_minor) == ((over, "refunded"), TOTAL, TOTAL)
    assert till.actions(order_id)[-2:] == ["paid_late", "refunded"]
    assert [each.amount_minor for each in till.provider.known_refunds.values()] == [TOTAL]
    assert till.kinds(order_id)[-3:] == ["captured", "refund_requested", "refunded"]


def test_a_card_payment_of_an_order_paid_otherwise_is_refunded(till: Till) -> None:
    order_id = till.place_and_start()
    reference = till.reference(order_id)
    till.confirm(order_id)
    before = till.order(order_id)

    assert till.receive(till.provider.pay(reference)) == "stray"
    assert "refunded" in till.resolve()

    assert till.order(order_id) == before
    attempt, offline = till.payments(order_id)
    assert (attempt.state, attempt.left_minor, offline.state, offline.left_minor) == ("stray", 0, "captured", TOTAL)
    [refund] = till.refunds(order_id)
    assert (refund.payment_id, refund.cause, refund.state) == (attempt.id, "surplus", "succeeded")
    assert event_types(till.database) == {"OrderCreated": 1, "OrderConfirmed": 1}


def test_the_failed_refund_of_a_stray_payment_keeps_the_order(till: Till) -> None:
    order_id = till.place_and_start()
    reference = till.reference(order_id)
    till.confirm(order_id)
    till.receive(till.provider.pay(reference))
    till.resolve()
    before = till.order(order_id)
    [made] = till.provider.known_refunds.values()

    assert till.receive(till.provider.fail_refund(made.reference)) == "refund_failed"

    assert till.order(order_id) == before
    assert (till.refunds(order_id)[0].state, till.payments(order_id)[0].left_minor) == ("failed", TOTAL)


def test_the_second_of_two_paid_attempts_is_refunded(till: Till) -> None:
    order_id = till.place_and_start()
    first = till.reference(order_id)
    till.receive(till.provider.cancel_in_dashboard(first))
    till.start(order_id)

    assert [till.pay(order_id), till.receive(till.provider.pay(first))] == ["paid", "stray"]
    assert till.resolve() == ["refunded"]

    assert till.order(order_id).state == ("confirmed", "paid")
    assert [(each.state, each.left_minor) for each in till.payments(order_id)] == [("stray", 0), ("captured", TOTAL)]


@pytest.mark.parametrize("minor", [TOTAL - 1, TOTAL + 1])
def test_a_payment_of_another_amount_is_refunded_on_cancellation(till: Till, minor: int) -> None:
    order_id = till.place_and_start()

    assert till.receive(till.provider.pay(till.reference(order_id), minor=minor)) == "mismatch"
    assert (till.order(order_id).captured_minor, till.payment(order_id).captured_minor) == (minor, minor)
    till.cancel(order_id)
    assert till.resolve() == ["refunded"]

    order = till.order(order_id)
    assert (order.state, order.refunded_minor) == (("cancelled", "refunded"), minor)
    assert [each.amount_minor for each in till.provider.known_refunds.values()] == [minor]


def test_a_payment_in_another_currency_is_refunded_in_that_currency(till: Till) -> None:
    order_id = till.place_and_start()
    till.receive(till.provider.pay(till.reference(order_id), currency="EUR"))
    assert (till.order(order_id).state, till.order(order_id).captured_minor) == (("pending", "review"), 0)
    assert (till.payment(order_id).captured_minor, till.payment(order_id).currency) == (TOTAL, "EUR")

    till.cancel(order_id)
    till.resolve()

    order = till.order(order_id)
    assert (order.state, order.captured_minor, order.refunded_minor) == (("cancelled", "unpaid"), 0, 0)
    [refunded] = [data for event, data in events_of(till.database, f"order:{order_id}") if event == "OrderRefunded"]
    assert (refunded["amount_minor"], refunded["refund_currency"], refunded["currency"]) == (TOTAL, "EUR", "USD")
    assert disagreements(till.database) == {}

    assert [(each.amount_minor, each.currency) for each in till.provider.known_refunds.values()] == [(TOTAL, "EUR")]
    assert {entry.currency for entry in till.entries(order_id) if entry.kind.startswith("refund")} == {"EUR"}


def test_updates_after_the_payment_change_nothing(till: Till) -> None:
    order_id = till.place_and_pay()
    before = till.all_rows()

    outcome = [till.receive(update_of(till, order_id, update)) for update in UPDATES]

    assert outcome == ["nothing_new"] * len(UPDATES)
    assert till.all_rows() == before


def test_a_processing_update_may_arrive_after_the_decline(till: Till) -> None:
    order_id = till.place_and_start()
    processing = till.provider.process(till.reference(order_id))
    declined = till.provider.decline(till.reference(order_id))

    assert [till.receive(update) for update in (declined, processing, declined)] == [
        "declined",
        "processing",
        "reopened",
    ]

    assert till.order(order_id).state == ("pending", "unpaid")
    assert till.actions(order_id) == ["placed", "payment_failed", "payment_processing", "payment_reopened"]


def test_a_stale_decline_after_processing_is_corrected_by_a_check(till: Till) -> None:
    order_id = till.place_and_start()
    declined = till.provider.decline(till.reference(order_id))
    processing = till.provider.process(till.reference(order_id))

    assert [till.receive(processing), till.receive(declined)] == ["processing", "declined"]
    assert till.resolve() == ["processing"]

    assert (till.payment(order_id).state, till.order(order_id).state) == ("processing", ("pending", "processing"))


def test_updates_of_a_payment_keep_the_stock_of_the_order(till: Till, database: Database) -> None:
    order_id = till.place_and_start()
    [line] = till.order(order_id).lines

    for update in ("declined", "processing", "open", "captured"):
        till.receive(update_of(till, order_id, update))

    assert stock_of(database, line.product_id) == 7
