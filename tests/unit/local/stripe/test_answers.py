"""The local payment provider remembers answers by idempotency key, as Stripe documents it."""

from pathlib import Path
from typing import Any

import pytest

from tools.local.stripe.answers import Answer, Answers
from tools.local.stripe.call import Call
from tools.local.stripe.errors import Refused
from tools.local.stripe.state import State

_MADE = Answer(200, {"id": "pi_1"})


class _Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def _call(
    key: str = "k1", *, account: str = "sk_1", method: str = "POST", path: str = "/v1/refunds", **more: Any
) -> Call:
    return Call(method, path, account, more, idempotency_key=key)


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def answers(clock: _Clock, tmp_path: Path) -> Answers:
    return Answers(State(tmp_path / "state"), clock)


def _answered(answers: Answers, call: Call, answer: Answer) -> None:
    assert answers.begin(call) is None
    answers.finish(call, answer)


@pytest.mark.parametrize(
    "answer",
    [
        _MADE,
        Answer(402, {"error": {"code": "card_declined"}}),
        Answer(400, {"error": {"code": "charge_already_refunded"}}),
        Answer(500, {"error": {}}),
    ],
    ids=lambda answer: str(answer.status),
)
def test_repeated_request_gets_the_same_answer(answers: Answers, answer: Answer) -> None:
    _answered(answers, _call(amount="5"), answer)

    assert answers.begin(_call(amount="5")) == answer


@pytest.mark.parametrize(
    "answer",
    [
        Answer(401, {"error": {}}),
        Answer(429, {"error": {}}),
        Answer(400, {"error": {"message": "Bad request"}}),
        Answer(400, {"error": {"code": "parameter_missing"}}),
    ],
    ids=lambda answer: str(answer.status),
)
def test_key_may_be_used_again_when_nothing_was_carried_out(answers: Answers, answer: Answer) -> None:
    _answered(answers, _call(), answer)

    assert answers.begin(_call()) is None


@pytest.mark.parametrize("other", [_call(amount="6"), _call(path="/v1/payment_intents", amount="5")])
def test_key_belongs_to_one_request(answers: Answers, other: Call) -> None:
    _answered(answers, _call(amount="5"), _MADE)

    with pytest.raises(Refused) as refused:
        answers.begin(other)

    assert (refused.value.status, refused.value.error["type"]) == (400, "idempotency_error")


def test_request_in_progress_is_not_begun_twice(answers: Answers) -> None:
    answers.begin(_call())

    with pytest.raises(Refused) as refused:
        answers.begin(_call())

    assert (refused.value.status, refused.value.error["code"]) == (409, "idempotency_key_in_use")


def test_read_with_its_key_does_not_end_a_request_in_progress(answers: Answers) -> None:
    answers.begin(_call())
    _answered(answers, _call(method="GET"), _MADE)

    with pytest.raises(Refused):
        answers.begin(_call())


def test_abandoned_request_may_be_begun_again(answers: Answers) -> None:
    answers.begin(_call())
    answers.abandon(_call())

    assert answers.begin(_call()) is None


def test_two_accounts_may_use_the_same_key(answers: Answers) -> None:
    _answered(answers, _call(), _MADE)

    assert answers.begin(_call(account="sk_2", amount="7")) is None


@pytest.mark.parametrize("call", [_call(method="GET"), Call("POST", "/v1/refunds", "sk_1", {})])
def test_reads_and_requests_without_a_key_are_never_remembered(answers: Answers, call: Call) -> None:
    _answered(answers, call, _MADE)

    assert answers.begin(call) is None


def test_answer_is_forgotten_after_a_day(answers: Answers, clock: _Clock) -> None:
    _answered(answers, _call(), _MADE)
    clock.now += 24 * 60 * 60

    assert answers.begin(_call()) is None
