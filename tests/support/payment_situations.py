"""The states of an attempt and its order, and the effect of each provider update in each state."""

from collections.abc import Callable, Mapping
from copy import replace
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from microshop.errors import PaymentRefused
from microshop.orders.states import State
from microshop.payments.payment import PaymentState
from microshop.payments.providers.port import Decline, Intent
from tests.support.payments import TOTAL, Till


@dataclass(frozen=True)
class Effect:
    """The effect of an update: its outcome, and the states of the first attempt and the order afterwards."""

    outcome: str
    payment: PaymentState
    order: State


@dataclass(frozen=True)
class Situation:
    """How an order reaches a state of its first attempt, and the updates with an effect; all others have none."""

    made: Callable[[Till], int]
    payment: PaymentState
    order: State
    changes: Mapping[str, Effect]


UPDATES: dict[str, dict[str, Any]] = {
    "open": {"status": "open"},
    "declined": {"status": "open", "decline": Decline("ch_9", "card_declined", "card_declined: Your card was.")},
    "processing": {"status": "processing"},
    "captured": {"status": "captured", "captured_minor": TOTAL},
    "too much": {"status": "captured", "captured_minor": TOTAL + 1},
    "other money": {"status": "captured", "captured_minor": TOTAL, "currency": "EUR"},
    "cancelled": {"status": "cancelled"},
}
_UNPAID: State = ("pending", "unpaid")


def _pays(outcome: str, payment: PaymentState, order: State) -> dict[str, Effect]:
    return {"captured": Effect(outcome, payment, order)}


def _mismatches(status: str) -> dict[str, Effect]:
    order: Any = (status, "review")
    return dict.fromkeys(("too much", "other money"), Effect("mismatch", "mismatched", order))


_IS_DECLINED = {"declined": Effect("declined", "started", _UNPAID)}
_IS_REOPENED = {"open": Effect("reopened", "started", _UNPAID)}
# The attempt had failed as missing at the provider, but exists there.
_IS_FOUND = {"open": Effect("nothing_new", "started", _UNPAID)}
_IS_PROCESSING = {"processing": Effect("processing", "processing", ("pending", "processing"))}
_IS_PAID = _pays("paid", "captured", ("confirmed", "paid")) | _mismatches("pending")
_IS_LATE = {
    "cancelled": _pays("paid_late", "captured", ("cancelled", "paid")) | _mismatches("cancelled"),
    "expired": _pays("paid_late", "captured", ("expired", "paid")) | _mismatches("expired"),
}


def _is_cancelled(order: State) -> dict[str, Effect]:
    return {"cancelled": Effect("cancelled", "cancelled", order)}


def _is_stray(order: State) -> dict[str, Effect]:
    return dict.fromkeys(("captured", "too much", "other money"), Effect("stray", "stray", order))


def update_of(till: Till, order_id: int, update: str) -> Intent:
    """An update of the first attempt."""
    reference = till.payments(order_id)[0].reference or f"pi_of_{order_id}"
    intent = Intent(reference, "open", TOTAL, 0, "USD", datetime.now(UTC), order_id, attempt=1)
    return replace(intent, **UPDATES[update])


# ---- preparations


def _start_and_receive(till: Till, *updates: str) -> int:
    order_id = till.place_and_start()
    for update in updates:
        till.receive(update_of(till, order_id, update))
    return order_id


def _start_and_be_refused(till: Till) -> int:
    order_id = till.place()
    till.provider.fail("start", PaymentRefused("amount_too_small"))
    with pytest.raises(PaymentRefused):
        till.start(order_id)
    return order_id


def _steps(made: Callable[[Till], int], *steps: Callable[[Till, int], object]) -> Callable[[Till], int]:
    def make(till: Till) -> int:
        order_id = made(till)
        for step in steps:
            step(till, order_id)
        return order_id

    return make


def _expire(till: Till, order_id: int) -> None:
    till.make_overdue(order_id)
    assert till.expire(order_id) == "expired"


def _cancel(till: Till, order_id: int) -> None:
    assert till.receive(update_of(till, order_id, "cancelled")) == "cancelled"


def _pay_late(till: Till, order_id: int) -> None:
    assert till.receive(update_of(till, order_id, "captured")) == "paid_late"


def _pay_another_amount(till: Till, order_id: int) -> None:
    till.receive(update_of(till, order_id, "too much"))


def _pay(till: Till) -> int:
    return till.place_and_pay()


def _start(till: Till) -> int:
    return till.place_and_start()


def _start_with_timeout(till: Till) -> int:
    return till.place_with_timeout()


def _start_and_cancel(till: Till) -> int:
    return _start_and_receive(till, "cancelled")


SITUATIONS = {
    "started": Situation(_start, "started", _UNPAID, _IS_DECLINED | _IS_PROCESSING | _IS_PAID | _is_cancelled(_UNPAID)),
    "unknown": Situation(
        _start_with_timeout,
        "unknown",
        ("pending", "review"),
        _IS_REOPENED | _IS_DECLINED | _IS_PROCESSING | _IS_PAID | _is_cancelled(_UNPAID),
    ),
    "processing": Situation(
        lambda till: _start_and_receive(till, "processing"),
        "processing",
        ("pending", "processing"),
        _IS_REOPENED | _IS_DECLINED | _IS_PAID | _is_cancelled(_UNPAID),
    ),
    "captured": Situation(_pay, "captured", ("confirmed", "paid"), {}),
    "captured and shipped": Situation(_steps(_pay, Till.ship), "captured", ("shipped", "paid"), {}),
    "captured and cancelled": Situation(_steps(_pay, Till.cancel), "captured", ("cancelled", "paid"), {}),
    "captured and refunded": Situation(_steps(_pay, Till.refund), "captured", ("confirmed", "refunded"), {}),
    "captured late": Situation(_steps(_start, _expire, _pay_late), "captured", ("expired", "paid"), {}),
    "mismatched": Situation(_steps(_start, _pay_another_amount), "mismatched", ("pending", "review"), {}),
    "mismatched and cancelled": Situation(
        _steps(_start, _pay_another_amount, Till.cancel), "mismatched", ("cancelled", "review"), {}
    ),
    "mismatched late": Situation(_steps(_start, _expire, _pay_another_amount), "mismatched", ("expired", "review"), {}),
    "stray": Situation(
        _steps(_start, Till.confirm, lambda till, order_id: till.receive(update_of(till, order_id, "captured"))),
        "stray",
        ("confirmed", "paid"),
        {},
    ),
    "abandoned": Situation(
        _steps(_start, Till.cancel),
        "abandoned",
        ("cancelled", "unpaid"),
        _IS_LATE["cancelled"] | _is_cancelled(("cancelled", "unpaid")),
    ),
    "abandoned in review": Situation(
        _steps(_start_with_timeout, Till.cancel),
        "abandoned",
        ("cancelled", "review"),
        _IS_LATE["cancelled"] | _is_cancelled(("cancelled", "unpaid")),
    ),
    "abandoned for an offline payment": Situation(
        _steps(_start, Till.confirm),
        "abandoned",
        ("confirmed", "paid"),
        _is_stray(("confirmed", "paid")) | _is_cancelled(("confirmed", "paid")),
    ),
    "cancelled": Situation(_start_and_cancel, "cancelled", _UNPAID, _IS_PAID),
    "cancelled and expired": Situation(
        _steps(_start, _expire), "cancelled", ("expired", "unpaid"), _IS_LATE["expired"]
    ),
    "cancelled with its order": Situation(
        _steps(_start, Till.cancel, _cancel), "cancelled", ("cancelled", "unpaid"), _IS_LATE["cancelled"]
    ),
    "cancelled, and another started": Situation(
        _steps(_start_and_cancel, Till.start), "cancelled", _UNPAID, _is_stray(_UNPAID)
    ),
    "cancelled, and another paid": Situation(
        _steps(_start_and_cancel, Till.start, Till.pay),
        "cancelled",
        ("confirmed", "paid"),
        _is_stray(("confirmed", "paid")),
    ),
    "failed": Situation(
        _start_and_be_refused,
        "failed",
        _UNPAID,
        _IS_FOUND | _IS_DECLINED | _IS_PROCESSING | _IS_PAID | _is_cancelled(_UNPAID),
    ),
    "failed and expired": Situation(
        _steps(_start_and_be_refused, _expire),
        "failed",
        ("expired", "unpaid"),
        _IS_LATE["expired"] | _is_cancelled(("expired", "unpaid")),
    ),
}
