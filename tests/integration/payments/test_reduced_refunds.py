"""Refunds that are reduced, held or repeated because a dispute withholds a part of the payment."""

import pytest

from microshop.errors import PaymentOutcomeUnknown
from microshop.orders.dispute_status import DisputeStatus
from microshop.payments.providers.port import ProviderDispute, ProviderRefund, RefundRequest
from microshop.platform.mysql import Database
from tests.support.books import disagreements
from tests.support.payments import TOTAL, Till


@pytest.fixture
def till(database: Database, batching: Database) -> Till:
    return Till.open(database, batching)


def _close(till: Till, dispute: ProviderDispute, status: DisputeStatus) -> None:
    assert till.receive(till.provider.update_dispute(dispute.reference, status)) == "dispute_closed"


_PART = 2000


_REST = TOTAL - _PART


def _pay_and_dispute_part(till: Till, status: DisputeStatus = "open") -> tuple[int, ProviderDispute]:
    order_id = till.place_and_pay()
    dispute = till.provider.dispute(till.reference(order_id), status, _PART)
    till.receive(dispute)
    return order_id, dispute


def _amounts(till: Till, order_id: int) -> list[tuple[str, int]]:
    return [(refund.state, refund.amount_minor) for refund in till.refunds(order_id)]


@pytest.mark.parametrize(("end", "refunds"), [("won", [_REST, _PART]), ("lost", [_REST])])
def test_a_full_refund_is_reduced_to_the_undisputed_part(till: Till, end: DisputeStatus, refunds: list[int]) -> None:
    order_id = till.place_and_pay()
    till.cancel(order_id)
    dispute = till.provider.dispute(till.reference(order_id), "open", _PART)
    till.receive(dispute)
    till.age(order_id)

    assert till.resolve() == ["refund_reduced"]
    assert till.resolve()[-1] == "refunded"
    _close(till, dispute, end)
    till.resolve()

    failed, *made = till.refunds(order_id)
    assert (failed.state, failed.failure) == ("failed", "a dispute withholds a part of it")
    assert [(each.state, each.amount_minor) for each in made] == [("succeeded", minor) for minor in refunds]
    assert disagreements(till.database) == {}


def test_a_refund_beyond_the_undisputed_part_is_held(till: Till) -> None:
    order_id = till.place_and_pay()
    till.provider.fail("refund", PaymentOutcomeUnknown("timeout"))
    till.refund(order_id, _REST + 1)
    dispute = till.provider.dispute(till.reference(order_id), "open", _PART)
    till.receive(dispute)
    till.age(order_id)
    assert till.resolve() == ["refund_held"]
    assert till.uow.queries.oldest_requested_refund() is None

    _close(till, dispute, "won")

    assert till.resolve() == ["refunded"]
    assert _amounts(till, order_id) == [("succeeded", _REST + 1)]


def test_a_held_refund_of_a_cancelled_order_fails_with_a_lost_dispute(till: Till) -> None:
    order_id = till.place_and_pay()
    till.provider.fail("refund", PaymentOutcomeUnknown("timeout"))
    till.refund(order_id)
    dispute = till.provider.dispute(till.reference(order_id), "open", _PART)
    till.receive(dispute)
    till.age(order_id)
    assert till.resolve() == ["refund_held"]
    till.cancel(order_id)
    _close(till, dispute, "lost")
    till.age(order_id)

    assert till.resolve() == ["refund_failed"]
    till.resolve()

    assert _amounts(till, order_id) == [("failed", TOTAL), ("succeeded", _REST)]
    assert till.order(order_id).state == ("cancelled", "partially_refunded")


def test_a_refund_refused_for_an_unknown_dispute_is_made_for_the_rest(till: Till) -> None:
    order_id = till.place_and_pay()
    till.cancel(order_id)
    dispute = till.provider.dispute(till.reference(order_id), "open", _PART)  # the shop does not know yet
    assert till.resolve() == ["refund_failed"]
    till.receive(dispute)

    till.resolve()

    assert _amounts(till, order_id) == [("failed", TOTAL), ("succeeded", _REST)]


def test_a_reduced_refund_accounts_for_earlier_refunds(till: Till) -> None:
    order_id = till.place_and_pay()
    till.refund(order_id, 3000)
    till.cancel(order_id)
    till.receive(till.provider.dispute(till.reference(order_id), "open", _PART))

    assert till.resolve() == ["refund_reduced"]
    till.resolve()

    assert _amounts(till, order_id) == [("succeeded", 3000), ("failed", TOTAL - 3000), ("succeeded", _REST - 3000)]


def test_a_reduced_refund_accounts_for_unknown_refunds(till: Till) -> None:
    order_id = till.place_and_pay()
    till.provider.fail("refund", PaymentOutcomeUnknown("timeout"))
    till.refund(order_id, _REST + 1)
    till.receive(till.provider.dispute(till.reference(order_id), "open", _PART))
    till.cancel(order_id)
    till.provider.refund_in_dashboard(till.reference(order_id), 500)
    till.age(order_id)

    assert till.resolve() == ["refund_reduced"]
    assert till.resolve()[-1] == "refunded"

    assert _amounts(till, order_id) == [("failed", _REST + 1), ("succeeded", _REST - 500), ("succeeded", 500)]


def test_a_dispute_during_a_refund_leaves_the_rest_to_refund(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = till.place_and_pay()
    till.cancel(order_id)
    refund = till.provider.refund

    def dispute_first(request: RefundRequest) -> ProviderRefund:
        monkeypatch.undo()
        till.receive(till.provider.dispute(request.intent_reference, "open", _PART))
        return refund(request)

    monkeypatch.setattr(till.provider, "refund", dispute_first)
    assert till.resolve() == ["refund_failed"]
    till.resolve()

    assert _amounts(till, order_id) == [("failed", TOTAL), ("succeeded", _REST)]


def test_the_rest_is_refunded_when_an_inquiry_becomes_a_dispute(till: Till) -> None:
    order_id, inquiry = _pay_and_dispute_part(till, "inquiry")
    till.cancel(order_id)
    dispute = till.provider.update_dispute(inquiry.reference, "open")  # the shop does not know yet
    assert till.resolve() == ["refund_failed"]
    till.receive(dispute)

    till.resolve()

    assert _amounts(till, order_id) == [("failed", TOTAL), ("succeeded", _REST)]
