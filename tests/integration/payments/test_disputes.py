"""Disputes: their updates may come in any order; they block refunds and hold back shipping."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from microshop.errors import OrderDisputed, PaymentOutcomeUnknown, RefundTooLarge
from microshop.orders.dispute_status import DisputeStatus
from microshop.orders.paging import OrderFilter
from microshop.orders.queries import OrderQueries
from microshop.payments.providers.port import ProviderDispute, ProviderRefund, RefundRequest, UnusableEvent
from microshop.platform.mysql import Database
from tests.support import use_cases
from tests.support.books import disagreements
from tests.support.catalogue import put_on_sale
from tests.support.payments import TOTAL, Till
from tests.support.records import events_of

_FUNDS = ("dispute_withdrawn", "dispute_fee", "dispute_reinstated", "dispute_fee_returned")


@pytest.fixture
def till(database: Database, batching: Database) -> Till:
    return Till.opened(database, batching)


def _disputed(till: Till, status: DisputeStatus = "open") -> tuple[int, ProviderDispute]:
    order_id = till.paid()
    dispute = till.provider.dispute(till.reference(order_id), status)
    assert till.tell(dispute) == ("disputed" if status in ("open", "inquiry") else "dispute_closed")
    return order_id, dispute


def _closes(till: Till, dispute: ProviderDispute, status: DisputeStatus) -> None:
    assert till.tell(till.provider.dispute_becomes(dispute.reference, status)) == "dispute_closed"


def _life(till: Till, order_id: int, end: DisputeStatus) -> list[ProviderDispute]:
    """The updates of one dispute in Stripe's order; two of them are of the same second."""
    opened = till.provider.dispute(till.reference(order_id))
    withdrawn = opened.movements
    closed = till.provider.dispute_becomes(opened.reference, end)

    def at(second: int) -> datetime:
        return opened.opened_at + timedelta(seconds=second)

    return [
        replace(opened, movements=(), as_of=at(0)),
        replace(opened, movements=withdrawn, as_of=at(0)),
        replace(opened, movements=withdrawn, reason="product_not_received", as_of=at(5)),
        replace(closed, movements=withdrawn, reason="product_not_received", as_of=at(9)),
        replace(closed, reason="product_not_received", as_of=at(10)),
    ]


def _end_of(till: Till, order_id: int) -> object:
    order = till.order(order_id)
    started = order.dispute.opened_at if order.dispute else None
    entries = [(entry.kind, entry.amount_minor, entry.currency) for entry in till.entries(order_id)]
    return (
        order.state,
        order.version,
        order.dispute_status,
        order.dispute and (order.dispute.status, order.dispute.reason, order.dispute.amount_minor),
        order.dispute and order.dispute.closed_at and started and order.dispute.closed_at - started,
        till.payment(order_id).dispute_status,
        till.actions(order_id),
        [event for event, _ in events_of(till.database, f"order:{order_id}")],
        sorted(entries),
    )


@pytest.mark.parametrize("end", ["won", "lost"])
def test_a_dispute_ends_the_same_in_whatever_order_its_updates_come(till: Till, end: DisputeStatus) -> None:
    ends = []
    product_id = put_on_sale(till.batching, stock=900)

    for sequence in permutations(range(5)):
        order_id = till.paid((product_id, 3))
        words = _life(till, order_id, end)
        for index in (*sequence, sequence[0]):  # the first one twice
            till.tell(words[index])
        ends.append(_end_of(till, order_id))

    assert all(each == ends[0] for each in ends[1:])
    assert ends[0][6] == ["placed", "paid", "disputed", f"dispute_{end}"]  # type: ignore[index]
    assert disagreements(till.database) == {}


@pytest.mark.parametrize(
    ("statuses", "end"),
    [
        (("inquiry", "closed"), "closed"),
        (("inquiry", "open", "lost"), "lost"),
        (("open", "lost", "open", "won"), "won"),  # by an appeal
    ],
)
def test_an_order_has_the_status_of_its_dispute(till: Till, statuses: Sequence[DisputeStatus], end: str) -> None:
    order_id, dispute = _disputed(till, statuses[0])

    for status in statuses[1:]:
        till.tell(till.provider.dispute_becomes(dispute.reference, status))

    assert (till.order(order_id).dispute_status, till.payment(order_id).dispute_status) == (end, end)
    assert till.order(order_id).state == ("confirmed", "paid")


def test_an_order_shows_the_most_serious_of_its_disputes(till: Till) -> None:
    order_id, first = _disputed(till)
    till.tell(till.provider.dispute(till.reference(order_id), minor=500))

    _closes(till, first, "won")

    order = till.order(order_id)
    assert (order.dispute_status, order.dispute and order.dispute.amount_minor) == ("open", 500)


def test_an_inquiry_withdraws_no_funds_and_can_be_refunded(till: Till) -> None:
    order_id, _ = _disputed(till, "inquiry")

    assert till.refund(order_id, 500).state == "succeeded"
    assert not [entry for entry in till.entries(order_id) if entry.kind in _FUNDS]


def test_funds_and_fees_are_entered_in_their_own_currency(till: Till) -> None:
    order_id, dispute = _disputed(till)
    withdrawn = replace(dispute.movements[0], reference="txn_eur", amount_minor=-5000, currency="EUR")
    till.tell(replace(dispute, movements=(*dispute.movements, withdrawn)))

    movements = [(it.kind, it.amount_minor, it.currency, it.reference) for it in till.entries(order_id)]

    assert ("dispute_withdrawn", 5000, "EUR", "txn_eur") in movements
    assert ("dispute_fee", 1500, "EUR", "txn_eur") in movements
    assert (till.order(order_id).captured_minor, till.order(order_id).refunded_minor) == (TOTAL, 0)


def test_lists_find_disputed_orders(till: Till) -> None:
    order_id, _ = _disputed(till)
    till.paid()

    found = OrderQueries(till.database).page(OrderFilter(dispute_status="open"), None, 10)

    assert [order.id for order in found] == [order_id]
    assert found[0].dispute is not None


@pytest.mark.parametrize("status", ["inquiry", "open", "lost"])
def test_a_disputed_order_is_shipped_only_despite_its_dispute(till: Till, status: DisputeStatus) -> None:
    order_id, _ = _disputed(till, status)

    with pytest.raises(OrderDisputed):
        till.ship(order_id)
    shipped = use_cases.ship(till.database, till.admin, order_id, despite_dispute=True)

    assert (shipped.status, shipped.dispute_status) == ("shipped", status)


def test_an_order_whose_dispute_was_won_is_shipped_as_any_other(till: Till) -> None:
    order_id, _ = _disputed(till, "won")

    assert till.ship(order_id).status == "shipped"


@pytest.mark.parametrize("status", ["open", "lost"])
def test_nothing_is_refunded_while_a_dispute_is_open_or_lost(till: Till, status: DisputeStatus) -> None:
    order_id, _ = _disputed(till, status)

    with pytest.raises(OrderDisputed):
        till.refund(order_id, 100)

    assert till.refunds(order_id) == []


def test_the_database_reserves_no_disputed_money(till: Till) -> None:
    order_id, _ = _disputed(till)
    uow = till.uow

    with uow, pytest.raises(RefundTooLarge):
        uow.refunds.request(till.payment(order_id), 100, "requested")


def test_a_cancelled_disputed_order_is_refunded_once_the_dispute_is_won(till: Till) -> None:
    order_id, dispute = _disputed(till)
    till.cancel(order_id)
    assert till.refunds(order_id) == []

    _closes(till, dispute, "won")
    till.resolve()

    assert till.order(order_id).state == ("cancelled", "refunded")


def test_late_money_that_is_disputed_is_not_refunded(till: Till) -> None:
    order_id = till.expired()
    paid = till.provider.pay(till.reference(order_id))
    till.tell(till.provider.dispute(paid.reference, "lost"))

    till.resolve()  # the dispute came first, so the payment was due

    assert till.order(order_id).state == ("expired", "paid")
    assert till.refunds(order_id) == []
    assert disagreements(till.database) == {}


def _requested(till: Till) -> tuple[int, ProviderDispute]:
    """A cancelled order whose refund was requested and not sent when the dispute came."""
    order_id = till.paid()
    till.cancel(order_id)
    dispute = till.provider.dispute(till.reference(order_id))
    till.tell(dispute)
    till.age(order_id)
    return order_id, dispute


def test_a_requested_refund_waits_for_the_end_of_the_dispute(till: Till) -> None:
    order_id, dispute = _requested(till)

    assert till.resolve() == ["refund_held"]
    _closes(till, dispute, "won")
    assert till.resolve() == ["refunded"]

    assert till.order(order_id).state == ("cancelled", "refunded")


def test_a_refund_held_by_a_dispute_has_a_backoff_and_is_not_delayed(till: Till) -> None:
    order_id = till.paid()
    till.cancel(order_id)
    dispute = till.provider.dispute(till.reference(order_id))
    till.tell(dispute)
    for _ in range(6):
        till.age(order_id)
        assert till.resolve() == ["refund_held"]

    [held] = till.refunds(order_id)
    assert till.uow.queries.oldest_requested_refund() is None
    assert held.next_check_at is not None
    assert held.next_check_at - datetime.now(UTC) > timedelta(minutes=5)

    _closes(till, dispute, "won")
    assert till.uow.queries.oldest_requested_refund() == held.created_at
    assert till.resolve() == ["refunded"]


def test_a_requested_refund_fails_when_the_dispute_is_lost(till: Till) -> None:
    order_id, dispute = _requested(till)
    _closes(till, dispute, "lost")

    assert till.resolve() == ["refund_failed"]

    assert [(it.state, it.failure) for it in till.refunds(order_id)] == [
        ("failed", "the dispute of the payment was lost")
    ]
    assert till.payment(order_id).left_minor == TOTAL


def test_a_held_refund_is_due_at_once_when_its_dispute_is_lost(till: Till) -> None:
    _, dispute = _requested(till)
    assert till.resolve() == ["refund_held"]

    _closes(till, dispute, "lost")

    assert till.resolve() == ["refund_failed"]


def test_an_inquiry_requests_no_refund_that_a_bank_has_refused(till: Till) -> None:
    order_id = till.paid()
    till.cancel(order_id)
    till.provider.refunds_become = "failed"
    till.resolve()

    till.tell(till.provider.dispute(till.reference(order_id), "inquiry"))

    assert [refund.state for refund in till.refunds(order_id)] == ["failed"]


def test_a_refund_that_was_made_before_the_dispute_counts(till: Till) -> None:
    order_id = till.paid()
    till.cancel(order_id)
    [requested] = till.refunds(order_id)
    made = till.provider.refund_made_elsewhere(till.reference(order_id), TOTAL)
    till.provider.known_refunds[made.reference] = replace(made, number=requested.number)  # its answer got lost
    till.tell(till.provider.dispute(till.reference(order_id), "lost"))
    till.age(order_id)

    assert till.resolve() == ["refunded"]


def test_a_refund_refused_for_a_dispute_is_due_again_once_it_is_won(till: Till) -> None:
    order_id = till.paid()
    till.cancel(order_id)
    dispute = till.provider.dispute(till.reference(order_id))  # the shop does not know yet
    assert till.resolve() == ["refund_failed"]
    till.tell(dispute)

    _closes(till, dispute, "won")
    till.resolve()

    assert till.order(order_id).state == ("cancelled", "refunded")


def test_a_refund_in_the_dashboard_replaces_one_held_by_a_dispute(till: Till) -> None:
    order_id, dispute = _requested(till)
    assert till.tell(till.provider.refund_made_elsewhere(till.reference(order_id), 500)) == "refund_waits_for_another"

    till.resolve()
    till.resolve()

    assert till.order(order_id).refunded_minor == 500
    assert sorted((it.state, it.amount_minor) for it in till.refunds(order_id)) == [
        ("failed", TOTAL),
        ("succeeded", 500),
    ]
    _closes(till, dispute, "won")
    till.resolve()
    assert till.order(order_id).state == ("cancelled", "refunded")
    assert disagreements(till.database) == {}


def test_a_refund_in_the_dashboard_counts_while_the_payment_is_disputed(till: Till) -> None:
    order_id, _ = _disputed(till)

    assert till.tell(till.provider.refund_made_elsewhere(till.reference(order_id), 500)) == "refunded"

    assert till.order(order_id).refunded_minor == 500


def test_a_won_dispute_releases_refunds_although_an_inquiry_goes_on(till: Till) -> None:
    order_id, dispute = _disputed(till)
    till.cancel(order_id)
    assert till.refunds(order_id) == []
    till.tell(till.provider.dispute(till.reference(order_id), "inquiry"))

    _closes(till, dispute, "won")
    till.resolve()

    assert till.payment(order_id).dispute_status == "inquiry"
    assert till.order(order_id).state == ("cancelled", "refunded")


@pytest.mark.parametrize("status", ["open", "won", "lost"])
def test_a_dispute_entered_by_an_earlier_release_has_its_ledger_entry(till: Till, status: DisputeStatus) -> None:
    order_id = till.paid()
    dispute = till.provider.dispute(till.reference(order_id), status)
    with till.uow as uow:
        uow.ledger.append_entry(till.payment(order_id), "disputed", reference=dispute.reference)
        if status != "open":
            uow.ledger.append_entry(till.payment(order_id), "dispute_closed", reference=dispute.reference)
        uow.commit()

    till.tell(dispute)

    assert till.order(order_id).dispute_status == status
    assert disagreements(till.database) == {}


def test_a_dispute_is_of_one_payment_of_its_order(till: Till) -> None:
    order_id = till.started()
    first = till.reference(order_id)
    till.tell(till.provider.call_off(first))
    till.start(order_id)
    till.pay(order_id)
    dispute = till.provider.dispute(till.reference(order_id))
    till.tell(dispute)

    with pytest.raises(UnusableEvent):
        till.tell(replace(dispute, intent_reference=first, amount_minor=1))

    assert till.payment(order_id).withheld_minor == TOTAL


# ---- disputes of a part


_PART = 2000
_REST = TOTAL - _PART


def _partly_disputed(till: Till, status: DisputeStatus = "open") -> tuple[int, ProviderDispute]:
    order_id = till.paid()
    dispute = till.provider.dispute(till.reference(order_id), status, _PART)
    till.tell(dispute)
    return order_id, dispute


def _amounts(till: Till, order_id: int) -> list[tuple[str, int]]:
    return [(refund.state, refund.amount_minor) for refund in till.refunds(order_id)]


@pytest.mark.parametrize("status", ["open", "lost"])
def test_a_dispute_of_a_part_leaves_the_rest_to_be_refunded(till: Till, status: DisputeStatus) -> None:
    order_id, _ = _partly_disputed(till, status)

    with pytest.raises(OrderDisputed, match=r"at most 39\.97 USD can be refunded"):
        till.refund(order_id, _REST + 1)
    till.refund(order_id)  # all that is left and not disputed

    assert _amounts(till, order_id) == [("succeeded", _REST)]
    assert till.order(order_id).state == ("confirmed", "partially_refunded")
    with pytest.raises(OrderDisputed, match="nothing can be refunded"):
        till.refund(order_id, 1)


def test_the_database_itself_reserves_only_what_no_dispute_withholds(till: Till) -> None:
    order_id, _ = _partly_disputed(till)
    payment = till.payment(order_id)

    with till.uow as uow, pytest.raises(RefundTooLarge):
        uow.refunds.request(payment, _REST + 1, "cancelled")
    with till.uow as uow:
        uow.refunds.request(payment, _REST, "cancelled")


def test_the_amounts_of_several_disputes_add_up(till: Till) -> None:
    order_id, first = _partly_disputed(till, "lost")
    second = till.provider.dispute(till.reference(order_id), "open", 1000)
    till.tell(second)
    assert till.payment(order_id).refundable_minor == _REST - 1000

    _closes(till, second, "won")
    assert till.payment(order_id).refundable_minor == _REST

    till.tell(till.provider.dispute_becomes(first.reference, "won"))
    assert till.payment(order_id).refundable_minor == TOTAL


def test_an_inquiry_about_a_part_withholds_nothing(till: Till) -> None:
    order_id, _ = _partly_disputed(till, "inquiry")

    assert till.refund(order_id).amount_minor == TOTAL


@pytest.mark.parametrize(("minor", "currency"), [(TOTAL + 1, "USD"), (1, "EUR")])
def test_a_dispute_of_more_or_in_another_currency_withholds_everything(till: Till, minor: int, currency: str) -> None:
    order_id = till.paid()
    dispute = till.provider.dispute(till.reference(order_id), "open", minor)
    till.tell(replace(dispute, currency=currency))

    assert till.payment(order_id).refundable_minor == 0


@pytest.mark.parametrize(
    ("end", "payment_status", "refunds"),
    [
        ("won", "refunded", [("succeeded", _REST), ("succeeded", _PART)]),
        ("lost", "partially_refunded", [("succeeded", _REST)]),
    ],
)
def test_a_cancelled_order_is_refunded_at_once_but_for_the_disputed_part(
    till: Till, end: DisputeStatus, payment_status: str, refunds: list[tuple[str, int]]
) -> None:
    order_id, dispute = _partly_disputed(till)
    till.cancel(order_id)
    till.resolve()
    assert _amounts(till, order_id) == [("succeeded", _REST)]

    _closes(till, dispute, end)
    till.resolve()

    assert till.order(order_id).state == ("cancelled", payment_status)
    assert _amounts(till, order_id) == refunds
    assert disagreements(till.database) == {}


@pytest.mark.parametrize(("end", "refunds"), [("won", [_REST, _PART]), ("lost", [_REST])])
def test_a_full_refund_gives_way_to_the_part_that_a_dispute_leaves(
    till: Till, end: DisputeStatus, refunds: list[int]
) -> None:
    order_id = till.paid()
    till.cancel(order_id)
    dispute = till.provider.dispute(till.reference(order_id), "open", _PART)
    till.tell(dispute)
    till.age(order_id)

    assert till.resolve() == ["refund_reduced"]
    assert till.resolve()[-1] == "refunded"
    _closes(till, dispute, end)
    till.resolve()

    failed, *made = till.refunds(order_id)
    assert (failed.state, failed.failure) == ("failed", "a dispute withholds a part of it")
    assert [(each.state, each.amount_minor) for each in made] == [("succeeded", minor) for minor in refunds]
    assert disagreements(till.database) == {}


def test_a_requested_refund_that_the_dispute_leaves_room_for_is_made(till: Till) -> None:
    order_id = till.paid()
    till.provider.fail("refund", PaymentOutcomeUnknown("timeout"))
    till.refund(order_id, _REST)
    till.tell(till.provider.dispute(till.reference(order_id), "open", _PART))
    till.age(order_id)

    assert till.resolve() == ["refunded"]


def test_a_refund_beyond_the_undisputed_part_waits_for_the_end(till: Till) -> None:
    order_id = till.paid()
    till.provider.fail("refund", PaymentOutcomeUnknown("timeout"))
    till.refund(order_id, _REST + 1)
    dispute = till.provider.dispute(till.reference(order_id), "open", _PART)
    till.tell(dispute)
    till.age(order_id)
    assert till.resolve() == ["refund_held"]
    assert till.uow.queries.oldest_requested_refund() is None

    _closes(till, dispute, "won")

    assert till.resolve() == ["refunded"]
    assert _amounts(till, order_id) == [("succeeded", _REST + 1)]


def test_a_held_refund_of_a_cancelled_order_fails_with_a_lost_dispute(till: Till) -> None:
    order_id = till.paid()
    till.provider.fail("refund", PaymentOutcomeUnknown("timeout"))
    till.refund(order_id)
    dispute = till.provider.dispute(till.reference(order_id), "open", _PART)
    till.tell(dispute)
    till.age(order_id)
    assert till.resolve() == ["refund_held"]
    till.cancel(order_id)
    _closes(till, dispute, "lost")
    till.age(order_id)

    assert till.resolve() == ["refund_failed"]
    till.resolve()

    assert _amounts(till, order_id) == [("failed", TOTAL), ("succeeded", _REST)]
    assert till.order(order_id).state == ("cancelled", "partially_refunded")


def test_a_refund_refused_for_an_unknown_dispute_is_made_for_the_rest(till: Till) -> None:
    order_id = till.paid()
    till.cancel(order_id)
    dispute = till.provider.dispute(till.reference(order_id), "open", _PART)  # the shop does not know yet
    assert till.resolve() == ["refund_failed"]
    till.tell(dispute)

    till.resolve()

    assert _amounts(till, order_id) == [("failed", TOTAL), ("succeeded", _REST)]


def test_a_new_refund_of_disputed_money_counts_what_was_made_before(till: Till) -> None:
    order_id = till.paid()
    till.refund(order_id, 3000)
    till.cancel(order_id)
    till.tell(till.provider.dispute(till.reference(order_id), "open", _PART))

    assert till.resolve() == ["refund_reduced"]
    till.resolve()

    assert _amounts(till, order_id) == [("succeeded", 3000), ("failed", TOTAL - 3000), ("succeeded", _REST - 3000)]


def test_a_reduced_refund_leaves_room_for_one_that_is_not_known_yet(till: Till) -> None:
    order_id = till.paid()
    till.provider.fail("refund", PaymentOutcomeUnknown("timeout"))
    till.refund(order_id, _REST + 1)
    till.tell(till.provider.dispute(till.reference(order_id), "open", _PART))
    till.cancel(order_id)
    till.provider.refund_made_elsewhere(till.reference(order_id), 500)
    till.age(order_id)

    assert till.resolve() == ["refund_reduced"]
    assert till.resolve()[-1] == "refunded"

    assert _amounts(till, order_id) == [("failed", _REST + 1), ("succeeded", _REST - 500), ("succeeded", 500)]


def test_the_rest_goes_back_when_a_dispute_comes_during_a_refund(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = till.paid()
    till.cancel(order_id)
    refund = till.provider.refund

    def disputed_meanwhile(request: RefundRequest) -> ProviderRefund:
        monkeypatch.undo()
        till.tell(till.provider.dispute(request.intent_reference, "open", _PART))
        return refund(request)

    monkeypatch.setattr(till.provider, "refund", disputed_meanwhile)
    assert till.resolve() == ["refund_failed"]
    till.resolve()

    assert _amounts(till, order_id) == [("failed", TOTAL), ("succeeded", _REST)]


def test_a_refund_refused_when_an_inquiry_becomes_a_dispute_is_made_for_the_rest(till: Till) -> None:
    order_id, inquiry = _partly_disputed(till, "inquiry")
    till.cancel(order_id)
    dispute = till.provider.dispute_becomes(inquiry.reference, "open")  # the shop does not know yet
    assert till.resolve() == ["refund_failed"]
    till.tell(dispute)

    till.resolve()

    assert _amounts(till, order_id) == [("failed", TOTAL), ("succeeded", _REST)]


def test_a_dispute_that_becomes_smaller_frees_the_difference(till: Till) -> None:
    order_id, dispute = _disputed(till)
    till.cancel(order_id)
    later = dispute.as_of + timedelta(seconds=5)
    smaller = replace(dispute, amount_minor=_PART, as_of=later)
    till.provider.known_disputes[dispute.reference] = smaller

    till.tell(smaller)
    till.resolve()

    assert _amounts(till, order_id) == [("succeeded", _REST)]


def test_late_money_is_refunded_but_for_the_disputed_part(till: Till) -> None:
    order_id = till.expired()
    paid = till.provider.pay(till.reference(order_id))
    till.tell(till.provider.dispute(paid.reference, "lost", _PART))

    till.resolve()  # the dispute came first, so the payment was due

    assert (till.order(order_id).state, _amounts(till, order_id)) == (
        ("expired", "partially_refunded"),
        [("succeeded", _REST)],
    )


def test_the_undisputed_rest_follows_a_refund_in_the_dashboard(till: Till) -> None:
    order_id, _ = _partly_disputed(till)
    assert till.tell(till.provider.refund_made_elsewhere(till.reference(order_id), 100)) == "refunded"
    till.cancel(order_id)

    till.resolve()

    assert _amounts(till, order_id) == [("succeeded", 100), ("succeeded", _REST - 100)]


# ---- disputes that are decided more than once


@pytest.mark.parametrize(
    ("statuses", "entries"),
    [
        (("lost", "won"), ["fraudulent", "lost", "won"]),
        (("lost", "open", "won"), ["fraudulent", "lost", "fraudulent", "won"]),
        (("won", "open", "won", "lost"), ["fraudulent", "won", "fraudulent", "won", "lost"]),
    ],
)
def test_the_ledger_has_every_decision_of_a_dispute(
    till: Till, statuses: Sequence[DisputeStatus], entries: list[str]
) -> None:
    order_id, dispute = _disputed(till)

    for status in statuses:
        update = till.provider.dispute_becomes(dispute.reference, status)
        till.tell(update)
        till.tell(update)  # again: it is known

    told = [entry for entry in till.entries(order_id) if entry.kind in ("disputed", "dispute_closed")]
    assert [entry.reason for entry in told] == entries
    assert {entry.reference for entry in told} == {dispute.reference}
    assert disagreements(till.database) == {}


def test_the_funds_of_each_round_of_a_dispute_are_entered(till: Till) -> None:
    order_id, dispute = _disputed(till)
    _closes(till, dispute, "won")
    reopened = till.provider.dispute_becomes(dispute.reference, "open")
    again = tuple(replace(each, reference=f"{each.reference}_again") for each in reopened.movements)
    till.tell(replace(reopened, movements=(*reopened.movements, again[0])))
    won = till.provider.dispute_becomes(dispute.reference, "won")
    till.tell(replace(won, movements=(*won.movements, *again)))

    moved = [
        entry.kind for entry in till.entries(order_id) if entry.kind in ("dispute_withdrawn", "dispute_reinstated")
    ]

    assert moved == ["dispute_withdrawn", "dispute_reinstated"] * 2


def test_a_cancelled_order_is_refunded_once_a_lost_dispute_is_won(till: Till) -> None:
    order_id, dispute = _disputed(till)
    till.cancel(order_id)
    _closes(till, dispute, "lost")

    _closes(till, dispute, "won")
    till.resolve()

    assert till.order(order_id).state == ("cancelled", "refunded")
    assert _amounts(till, order_id) == [("succeeded", TOTAL)]
