"""Refunds that are reduced, held or repeated because a dispute withholds a part of the payment."""

import pytest

from microshop.errors import PaymentOutcomeUnknown
from microshop.orders.dispute_status import DisputeStatus
from microshop.payments.providers.port import ProviderRefund, RefundRequest
from tests.support.books import disagreements
from tests.support.disputes import DISPUTED_PART, UNDISPUTED_REST, close_dispute, pay_and_dispute_part, refund_amounts
from tests.support.payments import TOTAL, Till


@pytest.mark.parametrize(("end", "refunds"), [("won", [UNDISPUTED_REST, DISPUTED_PART]), ("lost", [UNDISPUTED_REST])])
def test_a_full_refund_is_reduced_to_the_undisputed_part(till: Till, end: DisputeStatus, refunds: list[int]) -> None:
    order_id = till.place_and_pay()
    till.cancel(order_id)
    dispute = till.provider.dispute(till.reference(order_id), "open", DISPUTED_PART)
    till.receive(dispute)
    till.age(order_id)

    assert till.resolve() == ["refund_reduced"]
    assert till.resolve()[-1] == "refunded"
    close_dispute(till, dispute, end)
    till.resolve()

    failed, *made = till.refunds(order_id)
    assert (failed.state, failed.failure) == ("failed", "a dispute withholds a part of it")
    assert [(each.state, each.amount_minor) for each in made] == [("succeeded", minor) for minor in refunds]
    assert disagreements(till.database) == {}


def test_a_refund_beyond_the_undisputed_part_is_held(till: Till) -> None:
    order_id = till.place_and_pay()
    till.provider.fail("refund", PaymentOutcomeUnknown("timeout"))
    till.refund(order_id, UNDISPUTED_REST + 1)
    dispute = till.provider.dispute(till.reference(order_id), "open", DISPUTED_PART)
    till.receive(dispute)
    till.age(order_id)
    assert till.resolve() == ["refund_held"]
    assert till.uow.queries.oldest_requested_refund() is None

    close_dispute(till, dispute, "won")

    assert till.resolve() == ["refunded"]
    assert refund_amounts(till, order_id) == [("succeeded", UNDISPUTED_REST + 1)]


def test_a_held_refund_of_a_cancelled_order_fails_with_a_lost_dispute(till: Till) -> None:
    order_id = till.place_and_pay()
    till.provider.fail("refund", PaymentOutcomeUnknown("timeout"))
    till.refund(order_id)
    dispute = till.provider.dispute(till.reference(order_id), "open", DISPUTED_PART)
    till.receive(dispute)
    till.age(order_id)
    assert till.resolve() == ["refund_held"]
    till.cancel(order_id)
    close_dispute(till, dispute, "lost")
    till.age(order_id)

    assert till.resolve() == ["refund_failed"]
    till.resolve()

    assert refund_amounts(till, order_id) == [("failed", TOTAL), ("succeeded", UNDISPUTED_REST)]
    assert till.order(order_id).state == ("cancelled", "partially_refunded")


def test_a_refund_refused_for_an_unknown_dispute_is_made_for_the_rest(till: Till) -> None:
    order_id = till.place_and_pay()
    till.cancel(order_id)
    dispute = till.provider.dispute(till.reference(order_id), "open", DISPUTED_PART)  # the shop does not know yet
    assert till.resolve() == ["refund_failed"]
    till.receive(dispute)

    till.resolve()

    assert refund_amounts(till, order_id) == [("failed", TOTAL), ("succeeded", UNDISPUTED_REST)]


def test_a_reduced_refund_accounts_for_earlier_refunds(till: Till) -> None:
    order_id = till.place_and_pay()
    till.refund(order_id, 3000)
    till.cancel(order_id)
    till.receive(till.provider.dispute(till.reference(order_id), "open", DISPUTED_PART))

    assert till.resolve() == ["refund_reduced"]
    till.resolve()

    assert refund_amounts(till, order_id) == [
        ("succeeded", 3000),
        ("failed", TOTAL - 3000),
        ("succeeded", UNDISPUTED_REST - 3000),
    ]


def test_a_reduced_refund_accounts_for_unknown_refunds(till: Till) -> None:
    order_id = till.place_and_pay()
    till.provider.fail("refund", PaymentOutcomeUnknown("timeout"))
    till.refund(order_id, UNDISPUTED_REST + 1)
    till.receive(till.provider.dispute(till.reference(order_id), "open", DISPUTED_PART))
    till.cancel(order_id)
    till.provider.refund_in_dashboard(till.reference(order_id), 500)
    till.age(order_id)

    assert till.resolve() == ["refund_reduced"]
    assert till.resolve()[-1] == "refunded"

    assert refund_amounts(till, order_id) == [
        ("failed", UNDISPUTED_REST + 1),
        ("succeeded", UNDISPUTED_REST - 500),
        ("succeeded", 500),
    ]


def test_a_dispute_during_a_refund_leaves_the_rest_to_refund(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = till.place_and_pay()
    till.cancel(order_id)
    refund = till.provider.refund

    def dispute_first(request: RefundRequest) -> ProviderRefund:
        monkeypatch.undo()
        till.receive(till.provider.dispute(request.intent_reference, "open", DISPUTED_PART))
        return refund(request)

    monkeypatch.setattr(till.provider, "refund", dispute_first)
    assert till.resolve() == ["refund_failed"]
    till.resolve()

    assert refund_amounts(till, order_id) == [("failed", TOTAL), ("succeeded", UNDISPUTED_REST)]


def test_the_rest_is_refunded_when_an_inquiry_becomes_a_dispute(till: Till) -> None:
    order_id, inquiry = pay_and_dispute_part(till, "inquiry")
    till.cancel(order_id)
    dispute = till.provider.update_dispute(inquiry.reference, "open")  # the shop does not know yet
    assert till.resolve() == ["refund_failed"]
    till.receive(dispute)

    till.resolve()

    assert refund_amounts(till, order_id) == [("failed", TOTAL), ("succeeded", UNDISPUTED_REST)]
