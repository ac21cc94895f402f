"""Disputes of a part of a payment: the rest can be refunded."""

from copy import replace
from datetime import timedelta

import pytest

from microshop.errors import OrderDisputed, PaymentOutcomeUnknown, RefundTooLarge
from microshop.orders.dispute_status import DisputeStatus
from tests.support.books import disagreements
from tests.support.disputes import (
    DISPUTED_PART,
    UNDISPUTED_REST,
    close_dispute,
    pay_and_dispute,
    pay_and_dispute_part,
    refund_amounts,
)
from tests.support.payments import TOTAL, Till


@pytest.mark.parametrize("status", ["open", "lost"])
def test_the_undisputed_part_of_a_payment_can_be_refunded(till: Till, status: DisputeStatus) -> None:
    order_id, _ = pay_and_dispute_part(till, status)

    with pytest.raises(OrderDisputed, match=r"at most 39\.97 USD can be refunded"):
        till.refund(order_id, UNDISPUTED_REST + 1)
    till.refund(order_id)  # the whole undisputed rest

    assert refund_amounts(till, order_id) == [("succeeded", UNDISPUTED_REST)]
    assert till.order(order_id).state == ("confirmed", "partially_refunded")
    with pytest.raises(OrderDisputed, match="nothing can be refunded"):
        till.refund(order_id, 1)


def test_the_database_refuses_a_refund_beyond_the_undisputed_part(till: Till) -> None:
    order_id, _ = pay_and_dispute_part(till)
    payment = till.payment(order_id)

    with till.uow as uow, pytest.raises(RefundTooLarge):
        uow.refunds.request(payment, UNDISPUTED_REST + 1, "cancelled")
    with till.uow as uow:
        uow.refunds.request(payment, UNDISPUTED_REST, "cancelled")


def test_the_amounts_of_several_disputes_add_up(till: Till) -> None:
    order_id, first = pay_and_dispute_part(till, "lost")
    second = till.provider.dispute(till.reference(order_id), "open", 1000)
    till.receive(second)
    assert till.payment(order_id).refundable_minor == UNDISPUTED_REST - 1000

    close_dispute(till, second, "won")
    assert till.payment(order_id).refundable_minor == UNDISPUTED_REST

    till.receive(till.provider.update_dispute(first.reference, "won"))
    assert till.payment(order_id).refundable_minor == TOTAL


def test_an_inquiry_about_a_part_withholds_nothing(till: Till) -> None:
    order_id, _ = pay_and_dispute_part(till, "inquiry")

    assert till.refund(order_id).amount_minor == TOTAL


@pytest.mark.parametrize(("minor", "currency"), [(TOTAL + 1, "USD"), (1, "EUR")])
def test_a_dispute_above_the_payment_or_in_another_currency_withholds_all(
    till: Till, minor: int, currency: str
) -> None:
    order_id = till.place_and_pay()
    dispute = till.provider.dispute(till.reference(order_id), "open", minor)
    till.receive(replace(dispute, currency=currency))

    assert till.payment(order_id).refundable_minor == 0


@pytest.mark.parametrize(
    ("end", "payment_status", "refunds"),
    [
        ("won", "refunded", [("succeeded", UNDISPUTED_REST), ("succeeded", DISPUTED_PART)]),
        ("lost", "partially_refunded", [("succeeded", UNDISPUTED_REST)]),
    ],
)
def test_cancelling_refunds_the_undisputed_part_at_once(
    till: Till, end: DisputeStatus, payment_status: str, refunds: list[tuple[str, int]]
) -> None:
    order_id, dispute = pay_and_dispute_part(till)
    till.cancel(order_id)
    till.resolve()
    assert refund_amounts(till, order_id) == [("succeeded", UNDISPUTED_REST)]

    close_dispute(till, dispute, end)
    till.resolve()

    assert till.order(order_id).state == ("cancelled", payment_status)
    assert refund_amounts(till, order_id) == refunds
    assert disagreements(till.database) == {}


def test_a_requested_refund_of_undisputed_money_is_made(till: Till) -> None:
    order_id = till.place_and_pay()
    till.provider.fail("refund", PaymentOutcomeUnknown("timeout"))
    till.refund(order_id, UNDISPUTED_REST)
    till.receive(till.provider.dispute(till.reference(order_id), "open", DISPUTED_PART))
    till.age(order_id)

    assert till.resolve() == ["refunded"]


def test_a_reduced_dispute_releases_the_difference(till: Till) -> None:
    order_id, dispute = pay_and_dispute(till)
    till.cancel(order_id)
    later = dispute.as_of + timedelta(seconds=5)
    smaller = replace(dispute, amount_minor=DISPUTED_PART, as_of=later)
    till.provider.known_disputes[dispute.reference] = smaller

    till.receive(smaller)
    till.resolve()

    assert refund_amounts(till, order_id) == [("succeeded", UNDISPUTED_REST)]


def test_the_undisputed_part_of_a_late_payment_is_refunded(till: Till) -> None:
    order_id = till.place_and_expire()
    paid = till.provider.pay(till.reference(order_id))
    till.receive(till.provider.dispute(paid.reference, "lost", DISPUTED_PART))

    till.resolve()  # the dispute arrived before the capture, so a check of the payment is due

    assert (till.order(order_id).state, refund_amounts(till, order_id)) == (
        ("expired", "partially_refunded"),
        [("succeeded", UNDISPUTED_REST)],
    )


def test_cancelling_refunds_the_rest_after_a_refund_in_the_dashboard(till: Till) -> None:
    order_id, _ = pay_and_dispute_part(till)
    assert till.receive(till.provider.refund_in_dashboard(till.reference(order_id), 100)) == "refunded"
    till.cancel(order_id)

    till.resolve()

    assert refund_amounts(till, order_id) == [("succeeded", 100), ("succeeded", UNDISPUTED_REST - 100)]
