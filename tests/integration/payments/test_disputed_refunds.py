"""Refunds of a payment that is disputed in full: refused, held, failed or released."""

from copy import replace
from datetime import UTC, datetime, timedelta

import pytest

from microshop.errors import OrderDisputed, RefundTooLarge
from microshop.orders.dispute_status import DisputeStatus
from microshop.payments.providers.port import ProviderDispute
from tests.support.books import disagreements
from tests.support.disputes import close_dispute, pay_and_dispute
from tests.support.payments import TOTAL, Till


@pytest.mark.parametrize("status", ["open", "lost"])
def test_a_fully_disputed_payment_is_not_refunded(till: Till, status: DisputeStatus) -> None:
    order_id, _ = pay_and_dispute(till, status)

    with pytest.raises(OrderDisputed):
        till.refund(order_id, 100)

    assert till.refunds(order_id) == []


def test_the_database_refuses_a_refund_of_disputed_money(till: Till) -> None:
    order_id, _ = pay_and_dispute(till)
    uow = till.uow

    with uow, pytest.raises(RefundTooLarge):
        uow.refunds.request(till.payment(order_id), 100, "requested")


def test_a_cancelled_disputed_order_is_refunded_once_the_dispute_is_won(till: Till) -> None:
    order_id, dispute = pay_and_dispute(till)
    till.cancel(order_id)
    assert till.refunds(order_id) == []

    close_dispute(till, dispute, "won")
    till.resolve()

    assert till.order(order_id).state == ("cancelled", "refunded")


def test_a_disputed_late_payment_is_not_refunded(till: Till) -> None:
    order_id = till.place_and_expire()
    paid = till.provider.pay(till.reference(order_id))
    till.receive(till.provider.dispute(paid.reference, "lost"))

    till.resolve()  # the dispute arrived before the capture, so a check of the payment is due

    assert till.order(order_id).state == ("expired", "paid")
    assert till.refunds(order_id) == []
    assert disagreements(till.database) == {}


def _request_and_dispute_refund(till: Till) -> tuple[int, ProviderDispute]:
    """A cancelled order with a dispute that arrived before its requested refund was sent."""
    order_id = till.place_and_pay()
    till.cancel(order_id)
    dispute = till.provider.dispute(till.reference(order_id))
    till.receive(dispute)
    till.age(order_id)
    return order_id, dispute


def test_a_requested_refund_waits_for_the_end_of_the_dispute(till: Till) -> None:
    order_id, dispute = _request_and_dispute_refund(till)

    assert till.resolve() == ["refund_held"]
    close_dispute(till, dispute, "won")
    assert till.resolve() == ["refunded"]

    assert till.order(order_id).state == ("cancelled", "refunded")


def test_a_refund_held_by_a_dispute_has_a_backoff_and_is_not_delayed(till: Till) -> None:
    order_id = till.place_and_pay()
    till.cancel(order_id)
    dispute = till.provider.dispute(till.reference(order_id))
    till.receive(dispute)
    for _ in range(6):
        till.age(order_id)
        assert till.resolve() == ["refund_held"]

    [held] = till.refunds(order_id)
    assert till.uow.queries.oldest_requested_refund() is None
    assert held.next_check_at is not None
    assert held.next_check_at - datetime.now(UTC) > timedelta(minutes=5)

    close_dispute(till, dispute, "won")
    assert till.uow.queries.oldest_requested_refund() == held.created_at
    assert till.resolve() == ["refunded"]


def test_a_requested_refund_fails_when_the_dispute_is_lost(till: Till) -> None:
    order_id, dispute = _request_and_dispute_refund(till)
    close_dispute(till, dispute, "lost")

    assert till.resolve() == ["refund_failed"]

    assert [(it.state, it.failure) for it in till.refunds(order_id)] == [
        ("failed", "the dispute of the payment was lost")
    ]
    assert till.payment(order_id).left_minor == TOTAL


def test_a_held_refund_is_due_at_once_when_its_dispute_is_lost(till: Till) -> None:
    _, dispute = _request_and_dispute_refund(till)
    assert till.resolve() == ["refund_held"]

    close_dispute(till, dispute, "lost")

    assert till.resolve() == ["refund_failed"]


def test_an_inquiry_does_not_retry_a_failed_refund(till: Till) -> None:
    order_id = till.place_and_pay()
    till.cancel(order_id)
    till.provider.refund_status = "failed"
    till.resolve()

    till.receive(till.provider.dispute(till.reference(order_id), "inquiry"))

    assert [refund.state for refund in till.refunds(order_id)] == ["failed"]


def test_a_refund_made_before_the_dispute_counts(till: Till) -> None:
    order_id = till.place_and_pay()
    till.cancel(order_id)
    [requested] = till.refunds(order_id)
    made = till.provider.refund_in_dashboard(till.reference(order_id), TOTAL)
    till.provider.known_refunds[made.reference] = replace(made, number=requested.number)  # its answer was lost
    till.receive(till.provider.dispute(till.reference(order_id), "lost"))
    till.age(order_id)

    assert till.resolve() == ["refunded"]


def test_a_refund_refused_for_a_dispute_is_made_once_it_is_won(till: Till) -> None:
    order_id = till.place_and_pay()
    till.cancel(order_id)
    dispute = till.provider.dispute(till.reference(order_id))  # the shop does not know yet
    assert till.resolve() == ["refund_failed"]
    till.receive(dispute)

    close_dispute(till, dispute, "won")
    till.resolve()

    assert till.order(order_id).state == ("cancelled", "refunded")


def test_a_refund_in_the_dashboard_replaces_one_held_by_a_dispute(till: Till) -> None:
    order_id, dispute = _request_and_dispute_refund(till)
    assert till.receive(till.provider.refund_in_dashboard(till.reference(order_id), 500)) == "refund_waits_for_another"

    till.resolve()
    till.resolve()

    assert till.order(order_id).refunded_minor == 500
    assert sorted((it.state, it.amount_minor) for it in till.refunds(order_id)) == [
        ("failed", TOTAL),
        ("succeeded", 500),
    ]
    close_dispute(till, dispute, "won")
    till.resolve()
    assert till.order(order_id).state == ("cancelled", "refunded")
    assert disagreements(till.database) == {}


def test_a_refund_in_the_dashboard_counts_while_the_payment_is_disputed(till: Till) -> None:
    order_id, _ = pay_and_dispute(till)

    assert till.receive(till.provider.refund_in_dashboard(till.reference(order_id), 500)) == "refunded"

    assert till.order(order_id).refunded_minor == 500


def test_a_won_dispute_releases_refunds_despite_an_open_inquiry(till: Till) -> None:
    order_id, dispute = pay_and_dispute(till)
    till.cancel(order_id)
    assert till.refunds(order_id) == []
    till.receive(till.provider.dispute(till.reference(order_id), "inquiry"))

    close_dispute(till, dispute, "won")
    till.resolve()

    assert till.payment(order_id).dispute_status == "inquiry"
    assert till.order(order_id).state == ("cancelled", "refunded")


def test_a_cancelled_order_is_refunded_once_a_lost_dispute_is_won(till: Till) -> None:
    order_id, dispute = pay_and_dispute(till)
    till.cancel(order_id)
    close_dispute(till, dispute, "lost")

    close_dispute(till, dispute, "won")
    till.resolve()

    assert till.order(order_id).state == ("cancelled", "refunded")
    assert [(refund.state, refund.amount_minor) for refund in till.refunds(order_id)] == [("succeeded", TOTAL)]
