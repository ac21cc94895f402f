"""What a provider's word does to a payment and its order: every word in every state, again, late and out of order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from microshop.errors import PaymentRefused
from microshop.orders.states import State
from microshop.payments.payment import PaymentState
from microshop.payments.provider import Decline, Intent
from microshop.platform.mysql import Database
from tests.support.payments import TOTAL, Till
from tests.support.records import events_of


@dataclass(frozen=True)
class _Outcome:
    """What a word is to do: in the shop's words, and what the first attempt and the order are then."""

    told: str
    payment: PaymentState
    order: State


@dataclass(frozen=True)
class _Situation:
    """How an order's first attempt comes into a state, and the words that then do something: all others do nothing."""

    made: Callable[[Till], int]
    payment: PaymentState
    order: State
    changes: Mapping[str, _Outcome]


_WORDS: dict[str, dict[str, Any]] = {
    "open": {"status": "open"},
    "declined": {"status": "open", "decline": Decline("ch_9", "card_declined", "card_declined: Your card was.")},
    "processing": {"status": "processing"},
    "captured": {"status": "captured", "captured_minor": TOTAL},
    "too much": {"status": "captured", "captured_minor": TOTAL + 1},
    "other money": {"status": "captured", "captured_minor": TOTAL, "currency": "EUR"},
    "cancelled": {"status": "cancelled"},
}
_WAITS: State = ("pending", "unpaid")


def _brings(told: str, payment: PaymentState, order: State) -> dict[str, _Outcome]:
    return {"captured": _Outcome(told, payment, order)}


def _differs(status: str) -> dict[str, _Outcome]:
    order: Any = (status, "review")
    return dict.fromkeys(("too much", "other money"), _Outcome("mismatch", "mismatched", order))


_DECLINED = {"declined": _Outcome("declined", "started", _WAITS)}
_REOPENED = {"open": _Outcome("reopened", "started", _WAITS)}
# The provider was said not to have it, and has it: the order waits as before.
_FOUND = {"open": _Outcome("nothing new", "started", _WAITS)}
_ON_ITS_WAY = {"processing": _Outcome("processing", "processing", ("pending", "processing"))}
_PAYS = _brings("paid", "captured", ("confirmed", "paid")) | _differs("pending")
_IS_LATE = {
    "cancelled": _brings("paid late", "captured", ("cancelled", "paid")) | _differs("cancelled"),
    "expired": _brings("paid late", "captured", ("expired", "paid")) | _differs("expired"),
}


def _called_off(order: State) -> dict[str, _Outcome]:
    return {"cancelled": _Outcome("cancelled", "cancelled", order)}


def _strays(order: State) -> dict[str, _Outcome]:
    return dict.fromkeys(("captured", "too much", "other money"), _Outcome("stray", "stray", order))


# ---- how a first attempt gets there


def _told(till: Till, *words: str) -> int:
    order_id = till.started()
    for word in words:
        till.tell(_word(till, order_id, word))
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
    assert till.tell(_word(till, order_id, "cancelled")) == "cancelled"


def _pays_late(till: Till, order_id: int) -> None:
    assert till.tell(_word(till, order_id, "captured")) == "paid late"


def _pays_else(till: Till, order_id: int) -> None:
    till.tell(_word(till, order_id, "too much"))


def _paid(till: Till) -> int:
    return till.paid()


def _started(till: Till) -> int:
    return till.started()


def _unsure(till: Till) -> int:
    return till.unsure()


def _called_off_attempt(till: Till) -> int:
    return _told(till, "cancelled")


_SITUATIONS = {
    "started": _Situation(_started, "started", _WAITS, _DECLINED | _ON_ITS_WAY | _PAYS | _called_off(_WAITS)),
    "unknown": _Situation(
        _unsure,
        "unknown",
        ("pending", "review"),
        _REOPENED | _DECLINED | _ON_ITS_WAY | _PAYS | _called_off(_WAITS),
    ),
    "processing": _Situation(
        lambda till: _told(till, "processing"),
        "processing",
        ("pending", "processing"),
        _REOPENED | _DECLINED | _PAYS | _called_off(_WAITS),
    ),
    "captured": _Situation(_paid, "captured", ("confirmed", "paid"), {}),
    "captured and shipped": _Situation(_then(_paid, Till.ship), "captured", ("shipped", "paid"), {}),
    "captured and called off": _Situation(_then(_paid, Till.cancel), "captured", ("cancelled", "paid"), {}),
    "captured and refunded": _Situation(_then(_paid, Till.refund), "captured", ("confirmed", "refunded"), {}),
    "captured late": _Situation(_then(_started, _expire, _pays_late), "captured", ("expired", "paid"), {}),
    "mismatched": _Situation(_then(_started, _pays_else), "mismatched", ("pending", "review"), {}),
    "mismatched and called off": _Situation(
        _then(_started, _pays_else, Till.cancel), "mismatched", ("cancelled", "review"), {}
    ),
    "mismatched late": _Situation(_then(_started, _expire, _pays_else), "mismatched", ("expired", "review"), {}),
    "stray": _Situation(
        _then(_started, Till.confirm, lambda till, order_id: till.tell(_word(till, order_id, "captured"))),
        "stray",
        ("confirmed", "paid"),
        {},
    ),
    "abandoned": _Situation(
        _then(_started, Till.cancel),
        "abandoned",
        ("cancelled", "unpaid"),
        _IS_LATE["cancelled"] | _called_off(("cancelled", "unpaid")),
    ),
    "abandoned in review": _Situation(
        _then(_unsure, Till.cancel),
        "abandoned",
        ("cancelled", "review"),
        _IS_LATE["cancelled"] | _called_off(("cancelled", "unpaid")),
    ),
    "abandoned for money by hand": _Situation(
        _then(_started, Till.confirm),
        "abandoned",
        ("confirmed", "paid"),
        _strays(("confirmed", "paid")) | _called_off(("confirmed", "paid")),
    ),
    "cancelled": _Situation(_called_off_attempt, "cancelled", _WAITS, _PAYS),
    "cancelled and expired": _Situation(
        _then(_started, _expire), "cancelled", ("expired", "unpaid"), _IS_LATE["expired"]
    ),
    "cancelled with its order": _Situation(
        _then(_started, Till.cancel, _call_off), "cancelled", ("cancelled", "unpaid"), _IS_LATE["cancelled"]
    ),
    "cancelled, and another begun": _Situation(
        _then(_called_off_attempt, Till.start), "cancelled", _WAITS, _strays(_WAITS)
    ),
    "cancelled, and another pays": _Situation(
        _then(_called_off_attempt, Till.start, Till.pay),
        "cancelled",
        ("confirmed", "paid"),
        _strays(("confirmed", "paid")),
    ),
    "failed": _Situation(_refused, "failed", _WAITS, _FOUND | _DECLINED | _PAYS | _called_off(_WAITS)),
    "failed and expired": _Situation(
        _then(_refused, _expire),
        "failed",
        ("expired", "unpaid"),
        _IS_LATE["expired"] | _called_off(("expired", "unpaid")),
    ),
}


@pytest.fixture
def till(database: Database, packets: Database) -> Till:
    return Till.opened(database, packets)


def _word(till: Till, order_id: int, word: str) -> Intent:
    """What the provider says of the first attempt."""
    reference = till.payments(order_id)[0].reference or "pi_unknown"
    intent = Intent(reference, "open", TOTAL, 0, "USD", datetime.now(UTC), order_id, attempt=1)
    return replace(intent, **_WORDS[word])


def _is_told_as_often_as_it_changed(till: Till, order_id: int) -> bool:
    versions = list(range(1, till.order(order_id).version + 1))
    told = [data["order_version"] for _, data in events_of(till.database, f"order:{order_id}")]
    return told == versions == [entry.version for entry in till.history(order_id)]


def _effect(till: Till, situation: _Situation, word: str) -> _Outcome:
    """What a word does, which is told to everybody once, and does nothing when it comes again."""
    order_id = situation.made(till)
    before = till.order(order_id)
    assert (till.payments(order_id)[0].state, before.state) == (situation.payment, situation.order)

    told = till.tell(_word(till, order_id, word))
    after, everything = till.order(order_id), till.everything()

    changed = after.state != before.state or told in ("declined", "mismatch")
    assert after.version - before.version == int(changed)
    assert _is_told_as_often_as_it_changed(till, order_id)
    payment = till.payments(order_id)[0].state
    assert till.tell(_word(till, order_id, word)) == "nothing new"
    assert till.everything() == everything
    return _Outcome(told, payment, after.state)


@pytest.mark.parametrize("name", _SITUATIONS)
def test_a_word_does_what_the_state_allows_and_nothing_when_it_comes_again(till: Till, name: str) -> None:
    situation = _SITUATIONS[name]
    nothing = _Outcome("nothing new", situation.payment, situation.order)

    effects = {word: _effect(till, situation, word) for word in _WORDS}

    assert effects == dict.fromkeys(_WORDS, nothing) | situation.changes
