"""Acting once for each key, however often and however simultaneously a request with it comes."""

from collections.abc import Callable
from typing import Protocol

from microshop.errors import ShopError, TransactionConflict
from microshop.idempotency.key import IdempotencyKey


class AlreadyAnswered(Exception):
    """Another request with the key has committed its effect and its answer."""


class StoredAnswers(Protocol):
    """Where answers are found again."""

    def answer_to(self, key: IdempotencyKey) -> str | None: ...


class NewAnswers(Protocol):
    """Where an answer is stored with its effect."""

    def store(self, key: IdempotencyKey, answer: str) -> None: ...


def answered_once(key: IdempotencyKey | None, answers: StoredAnswers, act: Callable[[], str]) -> str:
    """What `act` answers, or what it answered when the key came first; without a key it always acts.

    `act` stores its answer in the transaction of its effect. The same key at the same moment waits there on the unique
    key, and then finds the answer of the one that was first. What fails stores nothing, and its key may be used again.

    Raises:
        IdempotencyKeyReused: the key came with another request before.
        TransactionConflict: the first answer is gone again already.
        whatever `act` raises.
    """
    if key is None:
        return act()
    if (answer := answers.answer_to(key)) is not None:
        return answer
    try:
        return act()
    except (AlreadyAnswered, ShopError) as refused:
        # What refuses may be the first request's own effect (it took the last unit), and a connection that was lost
        # may have been lost after the commit.
        answer = answers.answer_to(key)
        if answer is not None:
            return answer
        if isinstance(refused, AlreadyAnswered):
            raise TransactionConflict("an answer was deleted while it was asked for") from None
        raise
