"""An event has one effect, however often it is delivered."""

import pytest

from microshop.messaging.event import Claim
from microshop.messaging.once import ClaimedElsewhere, handle_once
from tests.support.builders import AN_EVENT_ID, an_event
from tests.support.fakes import FakeInbox


class _Effect:
    """Counts its calls; fails with `fails` if that is set."""

    def __init__(self, fails: BaseException | None = None) -> None:
        self.times = 0
        self.fails = fails

    def __call__(self) -> str:
        if self.fails is not None:
            raise self.fails
        self.times += 1
        return "done"


def _once(effect: _Effect, inbox: FakeInbox, event_id: str = AN_EVENT_ID) -> str:
    return handle_once(an_event(event_id=event_id), claim_seconds=30, inbox=inbox, act=effect)


def test_new_event_is_acted_on() -> None:
    effect = _Effect()

    assert _once(effect, FakeInbox()) == "done"

    assert effect.times == 1


def test_second_delivery_has_no_second_effect() -> None:
    effect, inbox = _Effect(), FakeInbox()

    outcomes = [_once(effect, inbox) for _ in range(3)]

    assert outcomes == ["done", "duplicate", "duplicate"]
    assert effect.times == 1


def test_another_event_is_acted_on_too() -> None:
    effect, inbox = _Effect(), FakeInbox()

    assert [_once(effect, inbox, "e-1"), _once(effect, inbox, "e-2")] == ["done", "done"]

    assert effect.times == 2


def test_event_is_retried_while_another_execution_handles_it() -> None:
    effect, inbox = _Effect(), FakeInbox()
    inbox.claim(AN_EVENT_ID, 30)

    with pytest.raises(ClaimedElsewhere):
        _once(effect, inbox)

    assert effect.times == 0


def test_event_is_taken_over_after_the_deadline_of_a_dead_claimant() -> None:
    effect, inbox = _Effect(), FakeInbox()
    inbox.claim(AN_EVENT_ID, 30)
    inbox.now += 31

    assert _once(effect, inbox) == "done"


def test_failed_effect_may_be_retried_at_once() -> None:
    effect, inbox = _Effect(fails=RuntimeError("throttled")), FakeInbox()

    with pytest.raises(RuntimeError, match="throttled"):
        _once(effect, inbox)

    effect.fails = None
    assert _once(effect, inbox) == "done"


def test_terminated_execution_keeps_its_claim_until_the_deadline() -> None:
    effect, inbox = _Effect(fails=SystemExit()), FakeInbox()

    with pytest.raises(SystemExit):
        _once(effect, inbox)

    assert inbox.claim(AN_EVENT_ID, 30) is Claim.BUSY
