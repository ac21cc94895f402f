"""The transaction that use cases depend on, and its retry after a conflict."""

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
    """A `with` block that rolls back unless `commit` was called."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def commit(self) -> None: ...


def retry_on_conflict[**Parameters, Result](use_case: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Retry a use case if the database rolls its transaction back in favour of another one. Makes up to four attempts.

    Errors 1213 (deadlock), 1205 (lock wait timeout) and 1020 (row changed since read) leave no changes behind.
    Exponential backoff with jitter prevents two transactions from colliding again.
    """

    @functools.wraps(use_case)
    def run(*arguments: Parameters.args, **named: Parameters.kwargs) -> Result:
        for attempt in range(_ATTEMPTS - 1):
            try:
                return use_case(*arguments, **named)
            except TransactionConflict:
                time.sleep(random.uniform(0, _FIRST_PAUSE_SECONDS * 2**attempt))  # noqa: S311 - jitter, not a secret
        return use_case(*arguments, **named)

    return run
