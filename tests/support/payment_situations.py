"""The states that an attempt and its order can be in, and what each word of a provider is to do then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
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
    """What an update does: its outcome, and the states of the first attempt and the order after it."""

    outcome: str
    payment: PaymentState
    order: State


@dataclass(frozen=True)
class Situation:
    """How an order's first attempt comes into a state, and the words that then do something: all others do nothing."""

    made: Callable[[Till], int]
    payment: PaymentState
    order: State
    changes: Mapping[str, Effect]


WORDS: dict[str, dict[str, Any]] = {
    "open": {"status": "open"},
    "declined": {"status": "open", "decline": Decline("ch_9", "card_declined", "card_declined: Your card was.")},
    "processing": {"status": "processing"},
    "captured": {"status": "captured", "captured_minor": TOTAL},
    "too much": {"status": "captured", "captured_minor": TOTAL + 1},
    "other money": {"status": "captured", "captured_minor": TOTAL, "currency": "EUR"},
    "cancelled": {"status": "cancelled"},
}
_WAITS: State = ("pending", "unpaid")


def _brings(told: str, payment: PaymentState, order: State) -> dict[str, Effect]:
    return {"captured": Effect(told, payment, order)}


def _differs(status: str) -> dict[str, Effect]:
    order: Any = (status, "review")
    return dict.fromkeys(("too much", "other money"), Effect("mismatch", "mismatched", order))


_DECLINED = {"declined": Effect("declined", "started", _WAITS)}
_REOPENED = {"open": Effect("reopened", "started", _WAITS)}
# The provider was said not to have it, and has it: the order waits as before.
_FOUND = {"open": Effect("nothing_new", "started", _WAITS)}
_ON_ITS_WAY = {"processing": Effect("processing", "processing", ("pending", "processing"))}
_PAYS = _brings("paid", "captured", ("confirmed", "paid")) | _differs("pending")
_IS_LATE = {
    "cancelled": _brings("paid_late", "captured", ("cancelled", "paid")) | _differs("cancelled"),
    "expired": _brings("paid_late", "captured", ("expired", "paid")) | _differs("expired"),
}


def _called_off(order: State) -> dict[str, Effect]:
    return {"cancelled": Effect("cancelled", "cancelled", order)}


def _strays(order: State) -> dict[str, Effect]:
    return dict.fromkeys(("captured", "too much", "other money"), Effect("stray", "stray", order))


def word_of(till: Till, order_id: int, word: str) -> Intent:
    """What the provider says of the first attempt."""
    reference = till.payments(order_id)[0].reference or f"pi_of_{order_id}"
    intent = Intent(reference, "open", TOTAL, 0, "USD", datetime.now(UTC), order_id, attempt=1)
    return replace(intent, **WORDS[word])


# ---- how a first attempt gets there


def _told(till: Till, *words: str) -> int:
    order_id = till.started()
    for word in words:
        till.tell(word_of(till, order_id, word))
    return order_id


def _refused(till: Till) -> int:
    order_id = till.place()
    till.provider.fail("start", PaymentRefused("amount_too_small"))
    with pytest.raises(PaymentRefused):
        till.start(order_id)
    return order_id


def _then(made: Callable[[Till], int], *steps: Callable[[Till, int], object]) -> Callable[[Till], int]:
    def make(till: Till) -> int:
        order_id = made(till)
        for step in steps:
            step(till, order_id)
        return order_id

    return make


def _expire(till: Till, order_id: int) -> None:
    till.pass_time(order_id)
    assert till.expire(order_id) == "expired"


def _call_off(till: Till, order_id: int) -> None:
    assert till.tell(word_of(till, order_id, "cancelled")) == "cancelled"


def _pays_late(till: Till, order_id: int) -> None:
    assert till.tell(word_of(till, order_id, "captured")) == "paid_late"


def _pays_else(till: Till, order_id: int) -> None:
    till.tell(word_of(till, order_id, "too much"))


def _paid(till: Till) -> int:
    return till.paid()


def _started(till: Till) -> int:
    return till.started()


def _unsure(till: Till) -> int:
    return till.unsure()


def _called_off_attempt(till: Till) -> int:
    return _told(till, "cancelled")


SITUATIONS = {
    "started": Situation(_started, "started", _WAITS, _DECLINED | _ON_ITS_WAY | _PAYS | _called_off(_WAITS)),
    "unknown": Situation(
        _unsure,
        "unknown",
        ("pending", "review"),
        _REOPENED | _DECLINED | _ON_ITS_WAY | _PAYS | _called_off(_WAITS),
    ),
    "processing": Situation(
        lambda till: _told(till, "processing"),
        "processing",
        ("pending", "processing"),
        _REOPENED | _DECLINED | _PAYS | _called_off(_WAITS),
    ),
    "captured": Situation(_paid, "captured", ("confirmed", "paid"), {}),
    "captured and shipped": Situation(_then(_paid, Till.ship), "captured", ("shipped", "paid"), {}),
    "captured and called off": Situation(_then(_paid, Till.cancel), "captured", ("cancelled", "paid"), {}),
    "captured and refunded": Situation(_then(_paid, Till.refund), "captured", ("confirmed", "refunded"), {}),
    "captured late": Situation(_then(_started, _expire, _pays_late), "captured", ("expired", "paid"), {}),
    "mismatched": Situation(_then(_started, _pays_else), "mismatched", ("pending", "review"), {}),
    "mismatched and called off": Situation(
        _then(_started, _pays_else, Till.cancel), "mismatched", ("cancelled", "review"), {}
    ),
    "mismatched late": Situation(_then(_started, _expire, _pays_else), "mismatched", ("expired", "review"), {}),
    "stray": Situation(
        _then(_started, Till.confirm, lambda till, order_id: till.tell(word_of(till, order_id, "captured"))),
        "stray",
        ("confirmed", "paid"),
        {},
    ),
    "abandoned": Situation(
        _then(_started, Till.cancel),
        "abandoned",
        ("cancelled", "unpaid"),
        _IS_LATE["cancelled"] | _called_off(("cancelled", "unpaid")),
    ),
    "abandoned in review": Situation(
        _then(_unsure, Till.cancel),
        "abandoned",
        ("cancelled", "review"),
        _IS_LATE["cancelled"] | _called_off(("cancelled", "unpaid")),
    ),
    "abandoned for money by hand": Situation(
        _then(_started, Till.confirm),
        "abandoned",
        ("confirmed", "paid"),
        _strays(("confirmed", "paid")) | _called_off(("confirmed", "paid")),
    ),
    "cancelled": Situation(_called_off_attempt, "cancelled", _WAITS, _PAYS),
    "cancelled and expired": Situation(
        _then(_started, _expire), "cancelled", ("expired", "unpaid"), _IS_LATE["expired"]
    ),
    "cancelled with its order": Situation(
        _then(_started, Till.cancel, _call_off), "cancelled", ("cancelled", "unpaid"), _IS_LATE["cancelled"]
    ),
    "cancelled, and another begun": Situation(
        _then(_called_off_attempt, Till.start), "cancelled", _WAITS, _strays(_WAITS)
    ),
    "cancelled, and another pays": Situation(
        _then(_called_off_attempt, Till.start, Till.pay),
        "cancelled",
        ("confirmed", "paid"),
        _strays(("confirmed", "paid")),
    ),
    "failed": Situation(_refused, "failed", _WAITS, _FOUND | _DECLINED | _ON_ITS_WAY | _PAYS | _called_off(_WAITS)),
    "failed and expired": Situation(
        _then(_refused, _expire),
        "failed",
        ("expired", "unpaid"),
        _IS_LATE["expired"] | _called_off(("expired", "unpaid")),
    ),
}
