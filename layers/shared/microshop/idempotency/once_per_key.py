"""Runs a use case once per idempotency key, even if the request arrives several times or concurrently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from microshop.errors import ShopError, TransactionConflict

if TYPE_CHECKING:
    from collections.abc import Callable

    from microshop.idempotency.key import IdempotencyKey


class AlreadyCompleted(Exception):
    """Another request with the key has committed its effect and result."""


class StoredResults[Result](Protocol):
    """Finds the results of earlier requests (repository.py); unit tests have a fake."""

    def find(self, key: IdempotencyKey) -> Result | None: ...


def once_per_key[Result](
    key: IdempotencyKey | None, results: StoredResults[Result], act: Callable[[], Result]
) -> Result:
    """Run `act` and return its result, or return the stored result of the key. Without a key it always runs.

    `act` stores its result in the transaction of its effect. If two requests with the same key run concurrently, the
    second waits for the unique key and then finds the result of the first. A failure stores nothing, so its key can be
    used again.

    Raises:
        IdempotencyKeyReused: the key was used for another request.
        TransactionConflict: the result of the first request was deleted meanwhile.
        any error of `act`.
    """
    if key is None:
        return act()
    if (result := results.find(key)) is not None:
        return result
    try:
        return act()
    except (AlreadyCompleted, ShopError) as error:
        # The effect of the first request may be the reason for the error: it may have taken the last unit, or it has
        # committed before the connection was lost.
        result = results.find(key)
        if result is not None:
            return result
        if isinstance(error, AlreadyCompleted):
            raise TransactionConflict("a stored result was deleted while it was read") from None
        raise
