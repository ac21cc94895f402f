"""Acts once per idempotency key, however often and however simultaneously its request arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from microshop.errors import ShopError, TransactionConflict

if TYPE_CHECKING:
    from collections.abc import Callable

    from microshop.idempotency.key import IdempotencyKey


class AlreadyAnswered(Exception):
    """Another request with the key has committed its effect and its result."""


class StoredResults[Result](Protocol):
    """Finds the results of earlier requests."""

    def find(self, key: IdempotencyKey) -> Result | None: ...


def answered_once[Result](
    key: IdempotencyKey | None, results: StoredResults[Result], act: Callable[[], Result]
) -> Result:
    """Run `act` once per key and return its result, or the stored one. Without a key it always runs.

    `act` stores its result in the transaction of its effect. Of two requests with one key at the same moment, the
    second waits there on the unique key and then finds the result of the first. A failure stores nothing, and its key
    may be used again.

    Raises:
        IdempotencyKeyReused: the key was sent with another request before.
        TransactionConflict: the first result has been deleted already.
        any error of `act`.
    """
    if key is None:
        return act()
    if (result := results.find(key)) is not None:
        return result
    try:
        return act()
    except (AlreadyAnswered, ShopError) as refused:
        # The refusal may come from the first request's own effect (it took the last unit), and a lost connection may
        # have been lost after the commit.
        result = results.find(key)
        if result is not None:
            return result
        if isinstance(refused, AlreadyAnswered):
            raise TransactionConflict("an answer was deleted while it was asked for") from None
        raise
