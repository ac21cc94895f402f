"""What a provider's word does to a payment and its order: every word in every state, again, late and out of order."""

import pytest

from microshop.platform.mysql import Database
from tests.support.books import disagreements
from tests.support.payment_situations import SITUATIONS, WORDS, Effect, Situation, word_of
from tests.support.payments import TOTAL, Till
from tests.support.records import event_types, events_of, stock_of


@pytest.fixture
def till(database: Database, batching: Database) -> Till:
    return Till.opened(database, batching)


def _is_told_as_often_as_it_changed(till: Till, order_id: int) -> bool:
    versions = list(range(1, till.order(order_id).version + 1))
    told = [data["order_version"] for _, data in events_of(till.database, f"order:{order_id}")]
    return told == versions == [entry.version for entry in till.history(order_id)]


def _effect(till: Till, situation: Situation, word: str) -> Effect:
    """What a word does, which is told to everybody once, and does nothing when it comes again."""
    order_id = situation.made(till)
    before = till.order(order_id)
    assert (till.payments(order_id)[0].state, before.state) == (situation.payment, situation.order)

    told = till.tell(word_of(till, order_id, word))
    after, everything = till.order(order_id), till.everything()

    changed = after.state != before.state or told in ("declined", "mismatch")
    assert after.version - before.version == int(changed)
    assert _is_told_as_often_as_it_changed(till, order_id)
    payment = till.payments(order_id)[0].state
    assert till.tell(word_of(till, order_id, word)) == "nothing_new"
    assert till.everything() == everything
    return Effect(told, payment, after.state)


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_word_does_what_the_state_allows_and_nothing_when_it_comes_again(till: Till, name: str) -> None:
    situation = SITUATIONS[name]
    nothing = Effect("nothing_new", situation.payment, situation.order)

    effects = {word: _effect(till, situation, word) for word in WORDS}

    assert effects == {**dict.fromkeys(WORDS, nothing), **situation.changes}


def test_a_paid_order_is_confirmed_under_the_providers_reference_and_waits_no_longer(till: Till) -> None:
    order_id = till.started()

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


def test_a_declined_payment_is_told_with_its_code_and_stands_in_the_ledger_in_raw(till: Till) -> None:
    order_id = till.started()

    till.tell(till.provider.decline(till.reference(order_id), "insufficient_funds", "Too little."))
    till.tell(till.provider.decline(till.reference(order_id), "insufficient_funds", "Too little."))

    assert till.actions(order_id) == ["placed", "payment_failed", "payment_failed"]  # two charges, each told once
    kind, data = events_of(till.database, f"order:{order_id}")[-1]
    assert (kind, data["reason"]) == ("OrderPaymentFailed", "insufficient_funds")
    assert [entry.reason for entry in till.entries(order_id)] == [None, "Too little.", "Too little."]


@pytest.mark.parametrize("over", ["cancelled", "expired"])
def test_money_for_an_order_that_is_over_goes_back_whole(till: Till, over: str) -> None:
    order_id = till.started() if over == "cancelled" else till.expired()
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


def test_money_for_an_order_that_was_paid_by_hand_goes_back_and_leaves_the_order_alone(till: Till) -> None:
    order_id = till.started()
    reference = till.reference(order_id)
    till.confirm(order_id)
    before = till.order(order_id)

    assert till.tell(till.provider.pay(reference)) == "stray"
    assert "refunded" in till.resolve()

    assert till.order(order_id) == before
    attempt, by_hand = till.payments(order_id)
    assert (attempt.state, attempt.left_minor, by_hand.state, by_hand.left_minor) == ("stray", 0, "captured", TOTAL)
    [refund] = till.refunds(order_id)
    assert (refund.payment_id, refund.cause, refund.state) == (attempt.id, "surplus", "succeeded")
    assert event_types(till.database) == {"OrderCreated": 1, "OrderConfirmed": 1}


def test_failed_refund_of_a_stray_payment_leaves_the_order_alone(till: Till) -> None:
    order_id = till.started()
    reference = till.reference(order_id)
    till.confirm(order_id)
    till.tell(till.provider.pay(reference))
    till.resolve()
    before = till.order(order_id)
    [made] = till.provider.known_refunds.values()

    assert till.tell(till.provider.fail_refund(made.reference)) == "refund_failed"

    assert till.order(order_id) == before
    assert (till.refunds(order_id)[0].state, till.payments(order_id)[0].left_minor) == ("failed", TOTAL)


def test_two_attempts_that_were_both_paid_pay_the_order_once(till: Till) -> None:
    order_id = till.started()
    first = till.reference(order_id)
    till.tell(till.provider.call_off(first))
    till.start(order_id)

    assert [till.pay(order_id), till.tell(till.provider.pay(first))] == ["paid", "stray"]
    assert till.resolve() == ["refunded"]

    assert till.order(order_id).state == ("confirmed", "paid")
    assert [(each.state, each.left_minor) for each in till.payments(order_id)] == [("stray", 0), ("captured", TOTAL)]


@pytest.mark.parametrize("minor", [TOTAL - 1, TOTAL + 1])
def test_another_amount_than_asked_for_waits_for_a_person_who_calls_the_order_off(till: Till, minor: int) -> None:
    order_id = till.started()

    assert till.tell(till.provider.pay(till.reference(order_id), minor=minor)) == "mismatch"
    assert (till.order(order_id).captured_minor, till.payment(order_id).captured_minor) == (minor, minor)
    till.cancel(order_id)
    assert till.resolve() == ["refunded"]

    order = till.order(order_id)
    assert (order.state, order.refunded_minor) == (("cancelled", "refunded"), minor)
    assert [each.amount_minor for each in till.provider.known_refunds.values()] == [minor]


def test_another_currency_than_asked_for_goes_back_in_the_currency_that_came(till: Till) -> None:
    order_id = till.started()
    till.tell(till.provider.pay(till.reference(order_id), currency="EUR"))
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


def test_words_that_come_in_any_order_after_the_money_change_nothing(till: Till) -> None:
    order_id = till.paid()
    before = till.everything()

    told = [till.tell(word_of(till, order_id, word)) for word in WORDS]

    assert told == ["nothing_new"] * len(WORDS)
    assert till.everything() == before


def test_the_news_that_money_is_on_its_way_may_come_after_that_it_was_declined(till: Till) -> None:
    order_id = till.started()
    processing = till.provider.process(till.reference(order_id))
    declined = till.provider.decline(till.reference(order_id))

    assert [till.tell(word) for word in (declined, processing, declined)] == ["declined", "processing", "reopened"]

    assert till.order(order_id).state == ("pending", "unpaid")
    assert till.actions(order_id) == ["placed", "payment_failed", "payment_processing", "payment_reopened"]


def test_a_stale_decline_after_processing_is_corrected_by_a_check(till: Till) -> None:
    order_id = till.started()
    declined = till.provider.decline(till.reference(order_id))
    processing = till.provider.process(till.reference(order_id))

    assert [till.tell(processing), till.tell(declined)] == ["processing", "declined"]
    assert till.resolve() == ["processing"]

    assert (till.payment(order_id).state, till.order(order_id).state) == ("processing", ("pending", "processing"))


def test_stock_stays_with_an_order_whatever_is_told_of_its_payment(till: Till, batching: Database) -> None:
    order_id = till.started()
    [line] = till.order(order_id).lines

    for word in ("declined", "processing", "open", "captured"):
        till.tell(word_of(till, order_id, word))

    assert stock_of(batching, line.product_id) == 7
