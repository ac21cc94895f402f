"""A request acts once per idempotency key."""

from collections.abc import Callable

import pytest

from microshop.errors import IdempotencyKeyReused, OutOfStock, TransactionConflict, Unavailable
from microshop.idempotency.key import IdempotencyKey
from microshop.idempotency.once_per_key import AlreadyCompleted, once_per_key

_KEY = IdempotencyKey(17, "k-1", "f" * 64)


class _Answers:
    """Returns the answers in order, and the last one from then on."""

    def __init__(self, *answers: str | None) -> None:
        self._answers = list(answers)

    def find(self, _key: IdempotencyKey) -> str | None:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class _Act:
    def __init__(self, fails: Exception | None = None) -> None:
        self.calls = 0
        self._fails = fails

    def __call__(self) -> str:
        self.calls += 1
        if self._fails:
            raise self._fails
        return f"answer {self.calls}"


def _never() -> str:
    raise AssertionError("acted a second time")


def test_request_without_a_key_always_acts() -> None:
    act = _Act()

    assert [once_per_key(None, _Answers("old"), act) for _ in range(2)] == ["answer 1", "answer 2"]


def test_request_with_a_new_key_acts() -> None:
    assert once_per_key(_KEY, _Answers(None), _Act()) == "answer 1"


def test_request_with_an_answered_key_does_not_act_again() -> None:
    assert once_per_key(_KEY, _Answers("old"), _never) == "old"


def test_concurrent_request_gets_the_answer_of_the_first() -> None:
    act = _Act(AlreadyCompleted())

    assert once_per_key(_KEY, _Answers(None, "the first one's"), act) == "the first one's"
    assert act.calls == 1


@pytest.mark.parametrize("refused", [OutOfStock(), Unavailable("database", "lost")])
def test_retry_gets_its_own_answer_when_its_effect_refuses_it(refused: Exception) -> None:
    act = _Act(refused)

    assert once_per_key(_KEY, _Answers(None, "its own"), act) == "its own"
    assert act.calls == 1


def test_answer_deleted_at_the_same_moment_is_a_lost_race() -> None:
    with pytest.raises(TransactionConflict):
        once_per_key(_KEY, _Answers(None), _Act(AlreadyCompleted()))


@pytest.mark.parametrize("refused", [OutOfStock(), Unavailable("database", "lost")])
def test_refusal_without_an_effect_stays_a_refusal(refused: Exception) -> None:
    with pytest.raises(type(refused)):
        once_per_key(_KEY, _Answers(None), _Act(refused))


def test_unexpected_error_is_not_treated_as_a_refusal() -> None:
    with pytest.raises(RuntimeError):
        once_per_key(_KEY, _Answers(None, "its own"), _Act(RuntimeError()))


@pytest.mark.parametrize("act", [_never, _Act(AlreadyCompleted())])
def test_key_of_another_request_is_refused_before_and_after_the_race(act: Callable[[], str]) -> None:
    class _Reused:
        asked = 0

        def find(self, _key: IdempotencyKey) -> str | None:
            self.asked += 1
            if act is _never or self.asked == 2:
                raise IdempotencyKeyReused
            return None

    with pytest.raises(IdempotencyKeyReused):
        once_per_key(_KEY, _Reused(), act)
