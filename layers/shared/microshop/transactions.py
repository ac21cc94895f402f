"""What a use case needs of a transaction, whichever database stands behind it."""

import functools
import random
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from microshop.errors import TransactionConflict

_ATTEMPTS = 4
_FIRST_PAUSE_SECONDS = 0.01


class Transaction(Protocol):
    """Rolls back at the end of its `with` block unless `commit` was called."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def commit(self) -> None: ...


def retried[**Parameters, Result](use_case: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Run a use case's whole transaction again when the database gave it up for another one.

    Errors 1213 (deadlock), 1205 (lock wait) and 1020 (row changed since read) leave nothing behind and succeed
    on another try; the pause doubles and is random, so that two losers do not meet again.
    """

    @functools.wraps(use_case)
    def run(*arguments: Parameters.args, **named: Parameters.kwargs) -> Result:
        for attempt in range(_ATTEMPTS - 1):
            try:
                return use_case(*arguments, **named)
            except TransactionConflict:
                time.sleep(random.uniform(0, _FIRST_PAUSE_SECONDS * 2**attempt))  # noqa: S311 - spreads retries, guards no secret
        return use_case(*arguments, **named)

    return run
