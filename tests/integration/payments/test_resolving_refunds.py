"""Refunds that the schedule makes: due after a cancellation, without an answer, or refused."""

from datetime import UTC, datetime, timedelta

import pytest

from microshop.errors import PaymentOutcomeUnknown, PaymentRefused, Unavailable
from tests.integration.conftest import Connect
from tests.support.payments import TOTAL, Till
from tests.support.threads import at_once


def test_a_refund_that_was_not_made_is_retried_within_minutes(till: Till) -> None:
    order_id = till.place_and_pay()
    till.cancel(order_id)
    for _ in range(12):
        till.age(order_id, timedelta(0))
        till.provider.fail("refund", Unavailable("payments"))
        with pytest.raises(Unavailable):
            till.resolve()

    [refund] = till.refunds(order_id)

    assert refund.next_check_at is not None
    assert refund.next_check_at - datetime.now(UTC) <= timedelta(minutes=2)


def test_concurrent_runs_make_a_due_refund_once(till: Till, connect: Connect) -> None:
    order_id, tills = till.place_and_pay(), [till.on(connect()) for _ in range(4)]
    till.cancel(order_id)

    outcomes = at_once(4, lambda n: tills[n].resolve())

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert [each.amount_minor for each in till.provider.known_refunds.values()] == [TOTAL]
    assert till.actions(order_id) == ["placed", "paid", "cancelled", "refunded"]


def _forget_keys_after_a_day(till: Till) -> None:
    till.provider._by_key.clear()


def test_a_refund_without_an_answer_is_searched_before_it_is_retried(till: Till) -> None:
    order_id = till.place_and_pay()
    till.provider.fail("refund", PaymentOutcomeUnknown("timeout"), acted=True)
    till.cancel(order_id)
    with pytest.raises(PaymentOutcomeUnknown):
        till.resolve()
    _forget_keys_after_a_day(till)
    till.age(order_id)

    assert till.resolve() == ["refunded"]

    assert [each.amount_minor for each in till.provider.known_refunds.values()] == [TOTAL]
    assert till.order(order_id).state == ("cancelled", "refunded")


@pytest.mark.parametrize("resumed_by", ["schedule", "retry"])
def test_a_requested_refund_is_searched_before_it_is_retried(till: Till, resumed_by: str) -> None:
    order_id = till.place_and_pay()
    key = till.key("one", order_id)
    till.provider.fail("refund", PaymentOutcomeUnknown("timeout"), acted=True)
    till.refund(order_id, 1500, key=key)
    _forget_keys_after_a_day(till)
    till.age(order_id)

    if resumed_by == "retry":
        till.refund(order_id, 1500, key=key)
    else:
        till.resolve()

    assert [each.amount_minor for each in till.provider.known_refunds.values()] == [1500]


def test_a_refund_refused_by_the_provider_needs_an_admin(till: Till) -> None:
    order_id = till.place_and_pay()
    till.cancel(order_id)
    till.provider.fail("refund", PaymentRefused("charge_disputed", "There is a dispute."))

    assert till.resolve() == ["refund_failed"]

    assert (till.order(order_id).state, till.payment(order_id).left_minor) == (("cancelled", "paid"), TOTAL)
    assert [till.resolve(), till.resolve()] == [["nothing_new"], []]  # one check looks for other refunds
    assert till.refund(order_id).state == "succeeded"
    assert till.order(order_id).state == ("cancelled", "refunded")
