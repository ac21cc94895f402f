"""The state table of orders."""

from itertools import product

import pytest

from microshop.orders.states import (
    AWAIT_PAYMENT,
    CANCEL,
    CANCEL_FOREIGN,
    CANCEL_FREE,
    CANCEL_REFUNDED,
    CONFIRM,
    CORRECT_SHIPMENT,
    DELIVER,
    EXPIRE,
    FAIL_PAYMENT,
    PAY,
    PAY_LATE,
    PAYMENT_STATUSES,
    PAYMENT_STATUSES_OF,
    REFUND_FREE,
    REFUND_FULL,
    REFUND_FULL_FOREIGN,
    REFUND_FULL_IN_REVIEW,
    REFUND_IN_REVIEW,
    REFUND_PARTIAL,
    REFUND_PARTIAL_FOREIGN,
    REOPEN_PAYMENT,
    RETURN,
    REVERSE_FOREIGN,
    REVERSE_PARTIAL_REFUND,
    REVERSE_REFUND,
    REVERSE_REFUND_IN_REVIEW,
    REVIEW_PAYMENT,
    SHIP,
    STATUSES,
    TRANSITIONS,
    State,
    Transition,
)

# How far an order has come. A cancelled or expired order goes no further.
_PROGRESS = {"pending": 0, "confirmed": 1, "shipped": 2, "delivered": 3, "returned": 4, "cancelled": 4, "expired": 4}
_MOVES = [(transition, *move) for transition in TRANSITIONS for move in transition.moves.items()]
_STATES = [(status, payment_status) for status, beside in PAYMENT_STATUSES_OF.items() for payment_status in beside]

# Changes of an order by people or by time. Each is named after the resulting status.
_CHANGES_OF_STATUS = (CONFIRM, SHIP, DELIVER, RETURN, CANCEL, CANCEL_FREE, CANCEL_REFUNDED, CANCEL_FOREIGN, EXPIRE)
# A provider's updates move money alone. Only PAY changes the status as well.
_CHANGES_OF_MONEY = tuple(transition for transition in TRANSITIONS if transition not in (*_CHANGES_OF_STATUS, PAY))
_OVER = ("cancelled", "expired")


def _moves_of(*transitions: Transition) -> list[tuple[State, State]]:
    return [move for transition in transitions for move in transition.moves.items()]


def _is_pair(state: State) -> bool:
    return state[1] in PAYMENT_STATUSES_OF[state[0]]


def test_every_status_has_its_pairs_and_no_pair_has_another_payment_status() -> None:
    assert set(PAYMENT_STATUSES_OF) == set(STATUSES) == set(_PROGRESS)
    assert set().union(*PAYMENT_STATUSES_OF.values()) == set(PAYMENT_STATUSES)


def test_every_transition_leads_from_an_existing_state_to_another() -> None:
    wrong = [
        (transition.action, source, target)
        for transition, source, target in _MOVES
        if not (_is_pair(source) and _is_pair(target))
    ]

    assert wrong == []


def test_every_state_is_reachable_from_a_new_order() -> None:
    reached: set[State] = {("pending", "unpaid"), ("confirmed", "unpaid")}

    for _ in _STATES:  # no path is longer than the number of states
        reached |= {target for source, target in _moves_of(*TRANSITIONS) if source in reached}

    assert reached == set(_STATES)


def test_changes_of_status_lead_forward() -> None:
    changes = [(each.action, *move) for each in (*_CHANGES_OF_STATUS, PAY) for move in each.moves.items()]

    assert [change for change in changes if _PROGRESS[change[2][0]] <= _PROGRESS[change[1][0]]] == []


def test_changes_of_money_leave_the_order_status() -> None:
    changes = [(each.action, *move) for each in _CHANGES_OF_MONEY for move in each.moves.items()]

    assert [change for change in changes if change[2][0] != change[1][0]] == []


def test_changes_of_status_are_named_after_the_resulting_status() -> None:
    changes = [(each.action, target) for each in _CHANGES_OF_STATUS for target in each.moves.values()]

    assert [change for change in changes if change[1][0] != change[0]] == []


def test_money_transitions_are_named_after_the_resulting_payment_status() -> None:
    changes = [(each.action, target) for each in (PAY, REFUND_PARTIAL, REFUND_FULL) for target in each.moves.values()]

    assert [change for change in changes if change[1][1] != change[0]] == []


def test_no_transition_changes_the_status_of_an_order_at_its_end() -> None:
    ends = ("delivered", "returned", "cancelled", "expired")

    changing = [
        (transition.action, source)
        for transition, source, target in _MOVES
        if source[0] in ends and target[0] != source[0]
    ]

    assert changing == []


def test_only_refunds_currencies_and_free_orders_make_actions_ambiguous() -> None:
    reached: dict[tuple[str, State], set[State]] = {}
    for transition, source, target in _MOVES:
        reached.setdefault((transition.action, source), set()).add(target)

    several = {way for way, targets in reached.items() if len(targets) > 1}

    refunded = {state for state in _STATES if state[1] in ("partially_refunded", "refunded")}
    by_refunds = {(REVERSE_REFUND.action, state) for state in refunded if state in REVERSE_REFUND.moves}
    of_other_currency = (
        (REFUND_PARTIAL, REFUND_PARTIAL_FOREIGN),
        (REFUND_FULL, REFUND_FULL_FOREIGN),
        (REVERSE_REFUND, REVERSE_FOREIGN),
    )
    by_currency = {
        (own.action, state) for own, foreign in of_other_currency for state in own.moves.keys() & foreign.moves
    }
    # A free order owes nothing when it is cancelled, and stays paid when units come back.
    of_nothing = {*((CANCEL.action, state) for state in CANCEL_FREE.moves)}
    of_nothing |= {(REFUND_FULL.action, state) for state in REFUND_FREE.moves}
    assert several == by_refunds | by_currency | of_nothing | {(CANCEL.action, ("pending", "review"))}


def test_only_pending_and_confirmed_orders_can_be_cancelled() -> None:
    assert {status for status, _ in CANCEL.moves} == {"pending", "confirmed"}


def test_unshipped_order_can_be_cancelled_unless_payment_is_processing() -> None:
    before_shipping = {state for state in _STATES if state[0] in ("pending", "confirmed")}

    assert before_shipping - CANCEL.moves.keys() == {("pending", "processing")}


def test_only_pending_unpaid_orders_expire() -> None:
    assert EXPIRE.moves == {("pending", "unpaid"): ("expired", "unpaid")}


@pytest.mark.parametrize("payment_status", ["processing", "review"])
def test_only_a_pending_order_in_review_can_be_cancelled_during_payment(payment_status: str) -> None:
    possible = [transition for transition in TRANSITIONS if ("pending", payment_status) in transition.moves]

    cancellations = [CANCEL, CANCEL_REFUNDED, CANCEL_FOREIGN] if payment_status == "review" else []
    assert [each for each in possible if each in _CHANGES_OF_STATUS] == cancellations
    assert [each for each in (PAY, REOPEN_PAYMENT, FAIL_PAYMENT) if each not in possible] == []


def test_only_confirmed_orders_are_shipped_and_only_shipped_ones_delivered() -> None:
    assert {status for status, _ in SHIP.moves} == {"confirmed"}
    assert {status for status, _ in DELIVER.moves} == {"shipped"}


def test_only_a_shipped_order_can_be_returned() -> None:
    assert RETURN.moves.keys() == CORRECT_SHIPMENT.moves.keys() == {state for state in _STATES if state[0] == "shipped"}


def test_refunded_order_is_not_shipped_but_may_still_be_delivered() -> None:
    assert "refunded" not in {payment_status for _, payment_status in SHIP.moves}
    assert DELIVER.moves["shipped", "refunded"] == ("delivered", "refunded")


def test_confirming_marks_an_order_as_paid() -> None:
    assert CONFIRM.moves == {("pending", "unpaid"): ("confirmed", "paid")}


def test_delivered_order_is_paid() -> None:
    assert "unpaid" not in PAYMENT_STATUSES_OF["delivered"]
    assert DELIVER.moves["shipped", "unpaid"] == ("delivered", "paid")


def test_shipping_returning_and_cancelling_move_no_money() -> None:
    transitions = [SHIP, CORRECT_SHIPMENT, RETURN, CANCEL, EXPIRE]

    moved = [(each.action, *move) for each in transitions for move in each.moves.items() if move[0][1] != move[1][1]]

    assert moved == []


def test_cancelling_an_order_whose_money_is_back_marks_it_refunded() -> None:
    assert CANCEL_REFUNDED.moves == {("pending", "review"): ("cancelled", "refunded")}


def test_delivering_changes_the_payment_only_of_unpaid_orders() -> None:
    moved = {source for source, target in DELIVER.moves.items() if target[1] != source[1]}

    assert moved == {("shipped", "unpaid")}


def test_payment_is_accepted_in_every_pending_and_late_state() -> None:
    waiting = {state for state in _STATES if state[0] == "pending"}
    over = {state for state in _STATES if state[0] in _OVER and state[1] in ("unpaid", "review")}

    assert PAY.moves == dict.fromkeys(waiting, ("confirmed", "paid"))
    assert PAY_LATE.moves == {state: (state[0], "paid") for state in over}


def test_every_payable_order_can_go_into_review() -> None:
    assert REVIEW_PAYMENT.moves.keys() == PAY.moves.keys() | PAY_LATE.moves.keys()
    assert all(target == (source[0], "review") for source, target in REVIEW_PAYMENT.moves.items())


def test_reopened_payment_ends_every_review_and_processing() -> None:
    assert REOPEN_PAYMENT.moves == {
        state: (state[0], "unpaid") for state in _STATES if state[1] in ("processing", "review")
    }


def test_only_pending_orders_await_a_payment_or_have_a_failed_one() -> None:
    assert {status for transition in (AWAIT_PAYMENT, FAIL_PAYMENT) for status, _ in transition.moves} == {"pending"}
    assert set(AWAIT_PAYMENT.moves.values()) == {("pending", "processing")}
    assert set(FAIL_PAYMENT.moves.values()) == {("pending", "unpaid")}


def test_only_orders_that_hold_money_can_be_refunded() -> None:
    holding = {
        (status, payment_status)
        for status, payment_status in product(STATUSES, ("paid", "partially_refunded"))
        if payment_status in PAYMENT_STATUSES_OF[status]
    }
    # Money of a wrong amount is held in review, and is refunded from there.
    mismatched = {(status, "review") for status in _OVER}

    assert REFUND_FULL.moves.keys() == holding | mismatched
    assert REFUND_PARTIAL.moves.keys() == holding


def test_partial_refund_in_review_leaves_the_order_in_review() -> None:
    in_review = [state for state in _STATES if state[1] == "review"]

    assert REFUND_IN_REVIEW.moves == REVERSE_REFUND_IN_REVIEW.moves == {state: state for state in in_review}


def test_foreign_money_keeps_an_ended_order_in_review_until_refunded() -> None:
    over = {state for state in _STATES if state[0] in _OVER}
    holding = {state for state in over if state[1] not in ("unpaid", "refunded")}

    assert REFUND_PARTIAL_FOREIGN.moves == {state: (state[0], "review") for state in holding}
    assert REFUND_FULL_FOREIGN.moves == {state: (state[0], "unpaid") for state in holding}
    assert REVERSE_FOREIGN.moves == {state: (state[0], "review") for state in over}


def test_refund_never_ends_the_review_of_a_pending_order() -> None:
    refunds = (
        REFUND_PARTIAL,
        REFUND_FULL,
        REFUND_IN_REVIEW,
        REFUND_FULL_IN_REVIEW,
        REVERSE_REFUND,
        REVERSE_PARTIAL_REFUND,
        REVERSE_REFUND_IN_REVIEW,
    )

    pending = [move for move in _moves_of(*refunds) if move[0][0] == "pending"]

    assert set(pending) == {(("pending", "review"), ("pending", "review"))}


def test_reversed_refund_makes_an_order_refundable_again() -> None:
    lost = _moves_of(REVERSE_REFUND, REVERSE_PARTIAL_REFUND)

    assert all(target in REFUND_FULL.moves for _, target in lost)
    assert {source for source, _ in lost} == {
        state for state in _STATES if state[1] in ("partially_refunded", "refunded")
    }
