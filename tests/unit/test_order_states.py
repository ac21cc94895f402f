"""The table of an order's states."""

import pytest

from microshop.orders.states import (
    CANCEL,
    CONFIRM,
    DELIVER,
    PAIRS,
    PAYMENT_STATUSES,
    SHIP,
    STATUSES,
    TRANSITIONS,
    State,
    Transition,
)

# How far on its way an order is; where it was called off it goes no further.
_PROGRESS = {"pending": 0, "confirmed": 1, "shipped": 2, "delivered": 3, "cancelled": 4, "expired": 4}
_LEADS = [(transition, *lead) for transition in TRANSITIONS for lead in transition.leads.items()]


def _is_pair(state: State) -> bool:
    return state[1] in PAIRS[state[0]]


def test_every_status_has_its_pairs_and_no_pair_has_another_payment_status() -> None:
    assert set(PAIRS) == set(STATUSES) == set(_PROGRESS)
    assert set().union(*PAIRS.values()) == set(PAYMENT_STATUSES)


@pytest.mark.parametrize(("transition", "source", "target"), _LEADS)
def test_a_transition_leads_from_a_state_that_there_is_to_another(
    transition: Transition, source: State, target: State
) -> None:
    assert _is_pair(source)
    assert _is_pair(target)


@pytest.mark.parametrize(("transition", "source", "target"), _LEADS)
def test_a_transition_leads_forward(transition: Transition, source: State, target: State) -> None:
    assert _PROGRESS[target[0]] > _PROGRESS[source[0]]


@pytest.mark.parametrize(("transition", "source", "target"), _LEADS)
def test_what_a_transition_does_is_called_what_the_order_is_then(
    transition: Transition, source: State, target: State
) -> None:
    assert transition.action == target[0]


@pytest.mark.parametrize("status", ["delivered", "cancelled", "expired"])
def test_nothing_leads_on_from_the_end(status: str) -> None:
    assert [source for _, source, _ in _LEADS if source[0] == status] == []


def test_what_is_on_its_way_cannot_be_called_off() -> None:
    assert {status for status, _ in CANCEL.leads} == {"pending", "confirmed"}


@pytest.mark.parametrize("payment_status", ["processing", "review"])
def test_an_order_whose_payment_is_under_way_waits_for_it(payment_status: str) -> None:
    assert [source for _, source, _ in _LEADS if source[1] == payment_status] == []


def test_only_what_is_confirmed_is_shipped_and_only_what_is_shipped_is_delivered() -> None:
    assert {status for status, _ in SHIP.leads} == {"confirmed"}
    assert {status for status, _ in DELIVER.leads} == {"shipped"}


def test_confirming_says_that_it_was_paid() -> None:
    assert set(CONFIRM.leads.values()) == {("confirmed", "paid")}


def test_whatever_was_delivered_is_paid() -> None:
    assert {payment_status for _, payment_status in DELIVER.leads.values()} == {"paid"}


@pytest.mark.parametrize("transition", [SHIP, CANCEL])
def test_shipping_and_calling_off_move_no_money(transition: Transition) -> None:
    assert [target[1] for target in transition.leads.values()] == [source[1] for source in transition.leads]
