"""Disputes of whole payments: updates in any order, refunds and shipping."""

from collections.abc import Sequence
from copy import replace
from datetime import datetime, timedelta
from itertools import permutations

import pytest

from microshop.errors import OrderDisputed
from microshop.orders.dispute_status import DisputeStatus
from microshop.orders.paging import OrderFilter
from microshop.orders.queries import OrderQueries
from microshop.payments.providers.port import ProviderDispute, UnusableEvent
from tests.support import use_cases
from tests.support.books import disagreements
from tests.support.catalogue import put_on_sale
from tests.support.disputes import close_dispute, pay_and_dispute
from tests.support.payments import TOTAL, Till
from tests.support.records import events_of

_FUNDS = ("dispute_withdrawn", "dispute_fee", "dispute_reinstated", "dispute_fee_returned")


def _updates_of_dispute(till: Till, order_id: int, end: DisputeStatus) -> list[ProviderDispute]:
    """The updates of one dispute in Stripe's order; two of them are of the same second."""
    opened = till.provider.dispute(till.reference(order_id))
    withdrawn = opened.movements
    closed = till.provider.update_dispute(opened.reference, end)

    def at(second: int) -> datetime:
        return opened.opened_at + timedelta(seconds=second)

    return [
        replace(opened, movements=(), as_of=at(0)),
        replace(opened, movements=withdrawn, as_of=at(0)),
        replace(opened, movements=withdrawn, reason="product_not_received", as_of=at(5)),
        replace(closed, movements=withdrawn, reason="product_not_received", as_of=at(9)),
        replace(closed, reason="product_not_received", as_of=at(10)),
    ]


def _final_state(till: Till, order_id: int) -> object:
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
def test_a_dispute_has_the_same_result_in_any_order_of_its_updates(till: Till, end: DisputeStatus) -> None:
    ends = []
    product_id = put_on_sale(till.database, stock=900)

    for sequence in permutations(range(5)):
        order_id = till.place_and_pay((product_id, 3))
        updates = _updates_of_dispute(till, order_id, end)
        for index in (*sequence, sequence[0]):  # the first one twice
            till.receive(updates[index])
        ends.append(_final_state(till, order_id))

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
    order_id, dispute = pay_and_dispute(till, statuses[0])

    for status in statuses[1:]:
        till.receive(till.provider.update_dispute(dispute.reference, status))

    assert (till.order(order_id).dispute_status, till.payment(order_id).dispute_status) == (end, end)
    assert till.order(order_id).state == ("confirmed", "paid")


def test_an_order_shows_the_most_serious_of_its_disputes(till: Till) -> None:
    order_id, first = pay_and_dispute(till)
    till.receive(till.provider.dispute(till.reference(order_id), minor=500))

    close_dispute(till, first, "won")

    order = till.order(order_id)
    assert (order.dispute_status, order.dispute and order.dispute.amount_minor) == ("open", 500)


def test_an_inquiry_withdraws_no_funds_and_can_be_refunded(till: Till) -> None:
    order_id, _ = pay_and_dispute(till, "inquiry")

    assert till.refund(order_id, 500).state == "succeeded"
    assert not [entry for entry in till.entries(order_id) if entry.kind in _FUNDS]


def test_the_ledger_has_funds_and_fees_in_their_own_currency(till: Till) -> None:
    order_id, dispute = pay_and_dispute(till)
    withdrawn = replace(dispute.movements[0], reference="txn_eur", amount_minor=-5000, currency="EUR")
    till.receive(replace(dispute, movements=(*dispute.movements, withdrawn)))

    movements = [(it.kind, it.amount_minor, it.currency, it.reference) for it in till.entries(order_id)]

    assert ("dispute_withdrawn", 5000, "EUR", "txn_eur") in movements
    assert ("dispute_fee", 1500, "EUR", "txn_eur") in movements
    assert (till.order(order_id).captured_minor, till.order(order_id).refunded_minor) == (TOTAL, 0)


def test_lists_find_disputed_orders(till: Till) -> None:
    order_id, _ = pay_and_dispute(till)
    till.place_and_pay()

    found = OrderQueries(till.database).page(OrderFilter(dispute_status="open"), None, 10)

    assert [order.id for order in found] == [order_id]
    assert found[0].dispute is not None


@pytest.mark.parametrize("status", ["inquiry", "open", "lost"])
def test_a_disputed_order_is_shipped_only_despite_its_dispute(till: Till, status: DisputeStatus) -> None:
    order_id, _ = pay_and_dispute(till, status)

    with pytest.raises(OrderDisputed):
        till.ship(order_id)
    shipped = use_cases.ship(till.database, till.admin, order_id, despite_dispute=True)

    assert (shipped.status, shipped.dispute_status) == ("shipped", status)


def test_an_order_whose_dispute_was_won_is_shipped(till: Till) -> None:
    order_id, _ = pay_and_dispute(till, "won")

    assert till.ship(order_id).status == "shipped"


@pytest.mark.parametrize("status", ["open", "won", "lost"])
def test_a_dispute_entered_by_an_earlier_release_has_its_ledger_entry(till: Till, status: DisputeStatus) -> None:
    order_id = till.place_and_pay()
    dispute = till.provider.dispute(till.reference(order_id), status)
    with till.uow as uow:
        uow.ledger.append_entry(till.payment(order_id), "disputed", reference=dispute.reference)
        if status != "open":
            uow.ledger.append_entry(till.payment(order_id), "dispute_closed", reference=dispute.reference)
        uow.commit()

    till.receive(dispute)

    assert till.order(order_id).dispute_status == status
    assert disagreements(till.database) == {}


def test_a_dispute_cannot_move_to_another_payment(till: Till) -> None:
    order_id = till.place_and_start()
    first = till.reference(order_id)
    till.receive(till.provider.cancel_in_dashboard(first))
    till.start(order_id)
    till.pay(order_id)
    dispute = till.provider.dispute(till.reference(order_id))
    till.receive(dispute)

    with pytest.raises(UnusableEvent):
        till.receive(replace(dispute, intent_reference=first, amount_minor=1))

    assert till.payment(order_id).withheld_minor == TOTAL


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
    order_id, dispute = pay_and_dispute(till)

    for status in statuses:
        update = till.provider.update_dispute(dispute.reference, status)
        till.receive(update)
        till.receive(update)

    recorded = [entry for entry in till.entries(order_id) if entry.kind in ("disputed", "dispute_closed")]
    assert [entry.reason for entry in recorded] == entries
    assert {entry.reference for entry in recorded} == {dispute.reference}
    assert disagreements(till.database) == {}


def test_the_ledger_has_the_funds_of_each_round_of_a_dispute(till: Till) -> None:
    order_id, dispute = pay_and_dispute(till)
    close_dispute(till, dispute, "won")
    reopened = till.provider.update_dispute(dispute.reference, "open")
    again = tuple(replace(each, reference=f"{each.reference}_again") for each in reopened.movements)
    till.receive(replace(reopened, movements=(*reopened.movements, again[0])))
    won = till.provider.update_dispute(dispute.reference, "won")
    till.receive(replace(won, movements=(*won.movements, *again)))

    moved = [
        entry.kind for entry in till.entries(order_id) if entry.kind in ("dispute_withdrawn", "dispute_reinstated")
    ]

    assert moved == ["dispute_withdrawn", "dispute_reinstated"] * 2
