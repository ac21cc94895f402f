"""Starting a payment again after a lost answer, a refusal, a decline or a cancellation."""

import pytest

from microshop.errors import (
    PaymentOutcomeUnknown,
    PaymentRefused,
    Unavailable,
)
from tests.support.payments import Till


def _start_keys(till: Till) -> list[str]:
    """The idempotency keys of the provider's calls to start an attempt."""
    return [about for call, about in till.provider.calls if call == "start"]


@pytest.mark.parametrize("acted", [True, False])
def test_an_attempt_without_an_answer_is_in_review_until_a_retry(till: Till, *, acted: bool) -> None:
    order_id = till.place_with_timeout(acted=acted)
    assert (till.payment(order_id).state, till.order(order_id).state) == ("unknown", ("pending", "review"))
    assert till.payment(order_id).next_check_at is not None

    started = till.start(order_id)

    [intent] = till.provider.known_intents.values()
    assert (started.client_secret, started.outcome) == (intent.client_secret, "reopened")
    assert (till.payment(order_id).state, till.order(order_id).state) == ("started", ("pending", "unpaid"))
    assert till.payment(order_id).next_check_at is None
    assert till.actions(order_id) == ["placed", "payment_review", "payment_reopened"]
    assert len(set(_start_keys(till))) == 1


def test_a_second_missing_answer_does_not_repeat_the_review(till: Till) -> None:
    order_id = till.place_with_timeout()
    till.provider.fail("start", PaymentOutcomeUnknown("timeout"))

    with pytest.raises(PaymentOutcomeUnknown):
        till.start(order_id)

    assert till.actions(order_id) == ["placed", "payment_review"]
    assert till.kinds(order_id) == ["started", "unknown", "unknown"]


def test_a_start_that_did_not_reach_the_provider_can_be_retried(till: Till) -> None:
    order_id = till.place()
    till.provider.fail("start", Unavailable("payments"))
    with pytest.raises(Unavailable):
        till.start(order_id)
    assert (till.payment(order_id).state, till.order(order_id).state) == ("started", ("pending", "unpaid"))

    till.start(order_id)

    assert (len(till.payments(order_id)), till.actions(order_id)) == (1, ["placed"])


def test_a_retry_finds_a_payment_whose_answer_was_lost(till: Till) -> None:
    order_id = till.place_with_timeout()
    till.provider.pay(till.reference(order_id))

    started = till.start(order_id)

    assert (started.status, started.client_secret, started.outcome) == ("captured", None, "paid")


def test_starting_after_a_refusal_makes_another_attempt(till: Till) -> None:
    order_id = till.place()
    till.provider.fail("start", PaymentRefused("amount_too_small", "Too small."))
    with pytest.raises(PaymentRefused):
        till.start(order_id)
    assert (till.payment(order_id).state, till.order(order_id).state) == ("failed", ("pending", "unpaid"))
    assert till.entries(order_id)[-1].reason == "amount_too_small: Too small."

    till.start(order_id)

    assert [(each.attempt, each.state) for each in till.payments(order_id)] == [(1, "failed"), (2, "started")]
    assert len(set(_start_keys(till))) == 2


def test_starting_after_a_cancellation_makes_another_attempt(till: Till) -> None:
    order_id = till.place_and_start()
    till.provider.cancel_in_dashboard(till.reference(order_id))

    started = till.start(order_id)

    assert [(each.attempt, each.state) for each in till.payments(order_id)] == [(1, "cancelled"), (2, "started")]
    assert (started.status, started.client_secret) == ("open", till.intent(order_id).client_secret)
    assert till.intent(order_id).attempt == 2


def test_a_declined_payment_is_retried_with_the_same_attempt(till: Till) -> None:
    order_id = till.place_and_start()
    till.receive(till.provider.decline(till.reference(order_id)))

    assert till.start(order_id).status == "open"
    assert till.pay(order_id) == "paid"

    assert [each.state for each in till.payments(order_id)] == ["captured"]
