"""The contract of payment providers: the same tests for the Stripe adapter (on the local stack's Stripe) and the fake.

The tests of payments use the fake, so it must behave like the adapter.
"""

from copy import replace
from datetime import UTC, datetime, timedelta

import pytest

from microshop.errors import PaymentOutcomeUnknown, PaymentRefused
from microshop.orders.dispute_status import DisputeStatus
from microshop.payments.providers import stripe as adapter
from microshop.payments.providers.port import (
    Intent,
    ProviderDispute,
)
from tests.support.card_payments import CardPayments
from tests.support.provider_contract import (
    Subject,
    a_payment_request,
    a_refund_request,
)
from tests.support.threads import at_once


def test_a_started_attempt_is_open_and_has_its_order(subject: Subject) -> None:
    request = a_payment_request()

    intent = subject.provider.start(request)

    assert (intent.status, intent.amount_minor, intent.captured_minor, intent.currency) == ("open", 1999, 0, "USD")
    assert (intent.order_id, intent.attempt, intent.decline) == (request.order_id, 1, None)
    assert intent.client_secret
    assert abs(intent.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert subject.provider.find(intent.reference) == intent


def test_starting_twice_with_one_key_returns_the_same_attempt(subject: Subject) -> None:
    request = a_payment_request()

    assert subject.provider.start(request) == subject.provider.start(request)


def test_a_paid_attempt_is_captured(subject: Subject) -> None:
    intent = subject.provider.start(a_payment_request())

    subject.pay(intent)

    found = subject.provider.find(intent.reference)
    assert (found.status, found.captured_minor) == ("captured", 1999)


def test_a_declined_attempt_stays_open_for_another_card(subject: Subject) -> None:
    intent = subject.provider.start(a_payment_request())

    subject.decline(intent)

    found = subject.provider.find(intent.reference)
    assert found.status == "open"
    assert found.decline is not None
    assert found.decline.reference.startswith("ch_")
    subject.pay(intent)
    assert subject.provider.find(intent.reference).status == "captured"


def test_an_intent_of_the_shop_is_not_foreign(subject: Subject) -> None:
    intent = subject.provider.start(a_payment_request())
    subject.pay(intent)

    refund = subject.provider.refund(a_refund_request(intent, 100))

    assert (intent.foreign, subject.provider.find(intent.reference).foreign, refund.foreign) == (False, False, False)


def test_an_intent_of_another_shop_is_foreign(stripe_provider: adapter.StripeProvider, cards: CardPayments) -> None:
    other = adapter.StripeProvider("arn", cards.url, "another-shop")

    intent = other.start(a_payment_request())

    assert stripe_provider.find(intent.reference).foreign
    now = datetime.now(UTC)
    listed = stripe_provider.intents(now - timedelta(minutes=5), now + timedelta(minutes=1))
    assert [each.foreign for each in listed if each.reference == intent.reference] == [True]


def _dispute_of(subject: Subject, reference: str) -> ProviderDispute:
    now = datetime.now(UTC)
    listed = subject.provider.disputes(now - timedelta(hours=1), now + timedelta(minutes=1))
    return next(dispute for dispute in listed if dispute.reference == reference)


@pytest.mark.parametrize(
    ("status", "moved"),
    [("inquiry", []), ("open", [(-1999, 1500)]), ("lost", [(-1999, 1500)]), ("won", [(-1999, 1500), (1999, 0)])],
)
def test_disputes_are_listed_with_their_funds(
    subject: Subject, status: DisputeStatus, moved: list[tuple[int, int]]
) -> None:
    intent = subject.provider.start(a_payment_request())
    subject.pay(intent)
    reference = subject.dispute(intent.reference, "inquiry" if status == "inquiry" else "open", None)
    if status in ("won", "lost"):
        subject.decide(reference, status)

    dispute = _dispute_of(subject, reference)

    assert (dispute.intent_reference, dispute.status, dispute.amount_minor) == (intent.reference, status, 1999)
    assert [(move.amount_minor, move.fee_minor) for move in dispute.movements] == moved
    assert dispute.respond_by is not None


def test_a_disputed_charge_is_not_refunded_until_the_dispute_is_won(subject: Subject) -> None:
    intent = subject.provider.start(a_payment_request())
    subject.pay(intent)
    reference = subject.dispute(intent.reference, "open", None)

    with pytest.raises(PaymentRefused) as refused:
        subject.provider.refund(a_refund_request(intent, 500))
    subject.decide(reference, "won")

    assert refused.value.code == "charge_disputed"
    assert subject.provider.refund(a_refund_request(intent, 500, number=2)).status == "succeeded"


def test_the_undisputed_part_of_a_payment_is_refunded(subject: Subject) -> None:
    intent = subject.provider.start(a_payment_request())
    subject.pay(intent)
    subject.dispute(intent.reference, "open", 1500)

    with pytest.raises(PaymentRefused) as refused:
        subject.provider.refund(a_refund_request(intent, 500))

    assert refused.value.code == "charge_disputed"
    assert subject.provider.refund(a_refund_request(intent, 499, number=2)).status == "succeeded"


def test_an_open_attempt_can_be_cancelled_twice(subject: Subject) -> None:
    intent = subject.provider.start(a_payment_request())

    assert [subject.provider.cancel(intent.reference).status for _ in range(2)] == ["cancelled", "cancelled"]


def test_a_paid_attempt_cannot_be_cancelled(subject: Subject) -> None:
    intent = subject.provider.start(a_payment_request())
    subject.pay(intent)

    assert subject.provider.cancel(intent.reference).status == "captured"


def test_an_attempt_that_does_not_exist_is_refused(subject: Subject) -> None:
    for call in (subject.provider.find, subject.provider.cancel):
        with pytest.raises(PaymentRefused) as refused:
            call("pi_none")
        assert refused.value.code == "resource_missing"


def test_refunding_twice_with_one_key_makes_one_refund(subject: Subject) -> None:
    intent = subject.provider.start(a_payment_request())
    subject.pay(intent)

    made = subject.provider.refund(a_refund_request(intent, 500))

    assert (made.status, made.amount_minor, made.currency, made.number) == ("succeeded", 500, "USD", 1)
    assert made.intent_reference == intent.reference
    assert subject.provider.refund(a_refund_request(intent, 500)) == made
    assert subject.provider.refunds_of(intent.reference) == [made]


def test_a_refund_of_more_than_is_left_is_refused(subject: Subject) -> None:
    intent = subject.provider.start(a_payment_request())
    subject.pay(intent)
    subject.provider.refund(a_refund_request(intent, 1500))

    with pytest.raises(PaymentRefused):
        subject.provider.refund(a_refund_request(intent, 500, number=2))

    assert [each.amount_minor for each in subject.provider.refunds_of(intent.reference)] == [1500]


def test_a_refund_of_an_unpaid_attempt_is_refused(subject: Subject) -> None:
    intent = subject.provider.start(a_payment_request())

    with pytest.raises(PaymentRefused):
        subject.provider.refund(a_refund_request(intent, 500))


def test_attempts_and_refunds_are_listed_by_time(subject: Subject) -> None:
    intents = [subject.provider.start(a_payment_request()) for _ in range(3)]
    subject.pay(intents[0])
    refund = subject.provider.refund(a_refund_request(intents[0], 100))
    now = datetime.now(UTC)

    listed = {each.reference for each in subject.provider.intents(now - timedelta(hours=1), now + timedelta(minutes=1))}
    refunds = {
        each.reference for each in subject.provider.refunds(now - timedelta(hours=1), now + timedelta(minutes=1))
    }

    assert {each.reference for each in intents} <= listed
    assert refund.reference in refunds
    assert not list(subject.provider.intents(now - timedelta(hours=3), now - timedelta(hours=2)))


def test_a_key_reused_with_other_parameters_makes_the_outcome_unknown(subject: Subject) -> None:
    request = a_payment_request()
    subject.provider.start(request)

    with pytest.raises(PaymentOutcomeUnknown):
        subject.provider.start(replace(request, amount_minor=request.amount_minor + 1))


def test_concurrent_starts_with_one_key_make_one_attempt(subject: Subject, slow: None) -> None:
    request = a_payment_request()

    intents = at_once(2, lambda _: subject.provider.start(request))

    assert intents[0] == intents[1]
    assert isinstance(intents[0], Intent)


def test_concurrent_refunds_with_one_key_make_one_refund(subject: Subject, slow: None) -> None:
    intent = subject.provider.start(a_payment_request())
    subject.pay(intent)

    made = at_once(2, lambda _: subject.provider.refund(a_refund_request(intent, 500)))

    assert made[0] == made[1]
    assert subject.provider.refunds_of(intent.reference) == [made[0]]
