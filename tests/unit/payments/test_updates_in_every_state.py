"""Each provider update is applied to an order in each state, or recorded and reported.

An update never fails because of the order's state: the provider would repeat its webhook for ever.
"""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass, field
from itertools import product
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from microshop.orders.amounts import is_consistent
from microshop.orders.dispute_status import DISPUTE_STATUSES
from microshop.orders.states import PAYMENT_STATUSES_OF
from microshop.payments.dispute_settling import settle_dispute
from microshop.payments.outcomes import Outcome
from microshop.payments.payment import CAPTURED_STATES, LIVE_STATES, PAYMENT_STATES
from microshop.payments.providers.port import Decline, Intent, ProviderDispute, ProviderRefund
from microshop.payments.refund_settling import RefundSettlement
from microshop.payments.settling import Settlement
from tests.support.builders import NOON
from tests.support.order_builders import an_order
from tests.support.payment_builders import a_payment, a_refund
from tests.support.table_rows import wrong_answers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microshop.orders.dispute_status import DisputeStatus
    from microshop.orders.history import Change
    from microshop.orders.order import Order
    from microshop.orders.states import OrderStatus, PaymentStatus, State, Transition
    from microshop.payments.payment import Payment, PaymentState, Refund

_STATES: list[State] = [(status, beside) for status, pairs in PAYMENT_STATUSES_OF.items() for beside in sorted(pairs)]
_ALL, _PART = 2489, 500
# Captured and refunded amounts that fit the payment status.
_MONEY: Mapping[PaymentStatus, tuple[int, int]] = {
    "unpaid": (0, 0),
    "processing": (0, 0),
    "review": (_ALL, _PART),
    "paid": (_ALL, 0),
    "partially_refunded": (_ALL, _PART),
    "refunded": (_ALL, _ALL),
}


@dataclass
class _Books:
    """A unit of work of one order with its attempt and refunds. Records the order's changes."""

    live: Payment | None = None
    made: list[Refund] = field(default_factory=list)
    changes: list[tuple[Change, Transition]] = field(default_factory=list)

    def __getattr__(self, _name: str) -> Any:
        """Repositories that accept everything."""
        return SimpleNamespace(
            live_payment=lambda _order_id: self.live,
            refunds=lambda _order_id: self.made,
            payment_by_attempt=lambda *_: None,
            of_order=lambda _order_id: [],
            change=lambda change, transition: self.changes.append((change, transition)),
            **dict.fromkeys(
                ("append_entry", "append_refund_entry", "set_reference", "set_state", "schedule_check", "abandon"),
                lambda *_, **__: True,
            ),
            **dict.fromkeys(
                ("restock_refund", "restock_order", "request", "add", "mark_payment", "make_due"), lambda *_, **__: 1
            ),
        )

    def lock_payment(self, payment: Payment) -> tuple[Payment, None]:
        """Returns the payment as it was read."""
        return payment, None

    @property
    def reached(self) -> State | None:
        """Returns the last state of the order, after checking that the database accepts every state on the way."""
        for change, transition in self.changes:
            order = change.order
            assert order.payment_status in PAYMENT_STATUSES_OF[order.status]
            assert is_consistent(order.payment_status, order.captured_minor, order.refunded_minor)
            assert (change.action, order.state in transition.moves.values()) == (transition.action, True)
        return self.changes[-1][0].order.state if self.changes else None


def _order(state: State) -> Order:
    captured, refunded = _MONEY[state[1]]
    return replace(an_order(state=state), captured_minor=captured, refunded_minor=refunded)


# ---- refunds

_SOLD: tuple[OrderStatus, ...] = ("confirmed", "shipped", "delivered", "returned")
_OVER: tuple[OrderStatus, ...] = ("cancelled", "expired")


def _table(**reached: Mapping[PaymentStatus, State | PaymentStatus]) -> dict[State, State]:
    """Returns the rows of groups such as `sold_and_over`. A payment status alone keeps the order's status."""
    groups = {"pending": ("pending",), "sold": _SOLD, "over": _OVER, "sold_and_over": _SOLD + _OVER}
    table: dict[State, Any] = {}
    for name, row in reached.items():
        for status, (before, after) in product(groups[name], row.items()):
            table[status, before] = (status, after) if isinstance(after, str) else after
    return table


# In states missing here the update is only recorded: payment and order disagree, and reconciliation reports it.
_OF_ITS_OWN = {
    "part": _table(
        pending={"review": "review"},
        sold_and_over={"paid": "partially_refunded", "partially_refunded": "partially_refunded"},
        over={"review": "review"},
    ),
    "whole": _table(
        pending={"review": ("cancelled", "refunded")},
        sold_and_over={"paid": "refunded", "partially_refunded": "refunded"},
        over={"review": "refunded"},
    ),
    "comes back": _table(
        pending={"review": "review"},
        sold_and_over={"partially_refunded": "paid", "refunded": "partially_refunded"},
        over={"review": "review"},
    ),
}
_EVERYTHING: tuple[PaymentStatus, ...] = ("unpaid", "review", "paid", "partially_refunded", "refunded")
_HELD: tuple[PaymentStatus, ...] = ("review", "paid", "partially_refunded")  # the last two by an earlier release
_FOREIGN = {
    "part": _table(pending={"review": "review"}, over=dict.fromkeys(_HELD, "review")),
    "whole": _table(pending={"review": ("cancelled", "unpaid")}, over=dict.fromkeys(_HELD, "unpaid")),
    "comes back": _table(pending={"review": "review"}, over=dict.fromkeys(_EVERYTHING, "review")),
}
_KNOWN_STATES = {
    *product(("pending",), ("unpaid", "processing", "review")),
    *product(_SOLD, ("unpaid", "paid", "partially_refunded", "refunded")),
    *product(_OVER, _EVERYTHING),
} - {("delivered", "unpaid")}


def test_every_state_of_an_order_is_in_the_tables() -> None:
    assert set(_STATES) == _KNOWN_STATES


def _told_of_refund(state: State, update: str, currency: str) -> tuple[Outcome, State | None]:
    order = _order(state)
    left = order.captured_minor - order.refunded_minor or _ALL
    amount = (left if currency == "USD" else _ALL) if update == "whole" else _PART
    held: PaymentState = "mismatched" if currency != "USD" or state[1] == "review" else "captured"
    payment = replace(a_payment(), state=held, currency=currency)
    before = replace(a_refund(refund_id=51), amount_minor=_ALL - amount, currency=currency)
    own = replace(a_refund(state="succeeded"), amount_minor=amount, currency=currency)
    books = _Books(payment, [own, before] if update == "whole" else [own])
    refund = own if update == "comes back" else replace(own, state="requested")
    status = "failed" if update == "comes back" else "succeeded"
    reported = ProviderRefund("re_1", "pi_1", status, amount, currency, NOON)  # type: ignore[arg-type]
    outcome = RefundSettlement(refund, payment, order, books).settle(reported)  # type: ignore[arg-type]
    return outcome, books.reached


@pytest.mark.parametrize("update", ["part", "whole", "comes back"])
@pytest.mark.parametrize("currency", ["USD", "EUR"])
def test_refund_is_applied_or_recorded_in_every_state(update: str, currency: str) -> None:
    expected = (_OF_ITS_OWN if currency == "USD" else _FOREIGN)[update]
    applied = Outcome.REFUND_FAILED if update == "comes back" else Outcome.REFUNDED

    results = {state: _told_of_refund(state, update, currency) for state in _STATES}

    assert {state: reached for state, (_, reached) in results.items() if reached} == expected
    assert {state: outcome for state, (outcome, _) in results.items()} == {
        state: applied if state in expected else Outcome.ORDER_UNCHANGED for state in _STATES
    }
    assert Outcome.ORDER_UNCHANGED.needs_review


def test_pending_order_whose_amounts_do_not_fit_stays_in_review() -> None:
    order = replace(_order(("pending", "review")), refunded_minor=0)  # another refund is missing
    own, before = a_refund(state="requested"), replace(a_refund(refund_id=51), amount_minor=_ALL - _PART)
    payment = replace(a_payment(), state="mismatched")
    books = _Books(payment, [replace(own, state="succeeded"), before])
    reported = ProviderRefund("re_1", "pi_1", "succeeded", _PART, "USD", NOON)

    outcome = RefundSettlement(own, payment, order, books).settle(reported)  # type: ignore[arg-type]

    assert (outcome, books.reached) == (Outcome.ORDER_UNCHANGED, ("pending", "review"))


# ---- attempts and disputes

_INTENTS: dict[str, dict[str, Any]] = {
    "open": {},
    "declined": {"decline": Decline("ch_9", "card_declined", "Your card was declined.")},
    "processing": {"status": "processing"},
    "captured": {"status": "captured", "captured_minor": _ALL},
    "another amount": {"status": "captured", "captured_minor": _ALL + 1},
    "another currency": {"status": "captured", "captured_minor": _ALL, "currency": "EUR"},
    "cancelled": {"status": "cancelled"},
}


def _attempts(state: State) -> list[tuple[Payment, Payment | None]]:
    """Returns every attempt that an order in this state may have, each with the order's live attempt."""
    of_order = replace(a_payment(payment_id=312), state="mismatched" if state[1] == "review" else "captured")
    has_money = _MONEY[state[1]][0] > 0
    attempts: list[tuple[Payment, Payment | None]] = []
    for held in PAYMENT_STATES:
        payment = replace(a_payment(), state=held, captured_minor=_ALL if held in CAPTURED_STATES else 0)
        if held not in LIVE_STATES:
            attempts.append((payment, of_order if has_money else None))
        elif not has_money or held in CAPTURED_STATES:
            attempts.append((payment, payment))
    return attempts


@pytest.mark.parametrize("update", _INTENTS)
def test_update_of_an_attempt_leads_to_a_possible_state(update: str) -> None:
    intent = replace(Intent("pi_1", "open", _ALL, 0, "USD", NOON), **_INTENTS[update])

    overtaking = []
    for state in _STATES:
        for payment, live in _attempts(state):
            books = _Books(live)
            Settlement(payment, _order(state), books).settle(intent)  # type: ignore[arg-type]
            if books.reached is not None and live not in (None, payment):
                overtaking.append((state, payment.state, books.reached))

    assert overtaking == []


def test_dispute_is_recorded_in_every_state_of_the_order() -> None:
    def recorded(status: DisputeStatus, state: State) -> tuple[bool, str, State | None]:
        update, books = ProviderDispute("dp_1", "pi_1", status, _ALL, "USD", "fraudulent", NOON, NOON), _Books()
        outcome = settle_dispute(update, a_payment(), _order(state), books)  # type: ignore[arg-type]
        return outcome in (Outcome.DISPUTED, Outcome.DISPUTE_CLOSED), books.changes[-1][0].action, books.reached

    actions = {
        "inquiry": "disputed",
        "open": "disputed",
        "won": "dispute_won",
        "lost": "dispute_lost",
        "closed": "dispute_closed",
    }
    assert actions.keys() == set(DISPUTE_STATUSES)
    rows = [(status, state, (True, action, state)) for status, action in actions.items() for state in _STATES]
    assert wrong_answers(recorded, rows) == []
