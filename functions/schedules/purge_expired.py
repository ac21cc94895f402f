"""Deletes expired data: published events, handled events, webhooks, idempotency keys, ended sessions."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from microshop.errors import Unavailable
from microshop.idempotency import repository as idempotency
from microshop.messaging.inbox import Inboxes
from microshop.messaging.outbox import Outbox
from microshop.payments.repository import ProviderEvents
from microshop.platform import observability, settings
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.transactions import retry_on_conflict
from microshop.users.sessions import Sessions

if TYPE_CHECKING:
    from microshop.platform.lambda_context import Deadline

_BATCH_SIZE = 1000
# Time for the current statement, which may take 6 s (platform/mysql.py), and for the log.
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 10_000

type Delete = Callable[[datetime, int], int]


def handler(_event: dict[str, Any], context: Deadline) -> dict[str, int]:
    """Returns the number of deleted records by kind. The invocation fails at the end if a server did not answer."""
    purges = _purges()
    deleted, waiting, failures = dict.fromkeys(purges, 0), deque(purges.items()), dict[str, Unavailable]()
    # The kinds take turns, so that a large backlog of one kind does not block the others for hours.
    while waiting and context.get_remaining_time_in_millis() > _STOP_BEFORE_TIMEOUT_MILLISECONDS:
        name, batches = waiting.popleft()
        try:
            batch = next(batches, None)
        except Unavailable as error:
            failures[error.dependency] = error  # the other server may still answer
            continue
        if batch is not None:
            deleted[name] += batch
            waiting.append((name, batches))
    if failures:
        _report(failures, deleted)
        raise next(iter(failures.values()))
    observability.log().info("purged", **deleted, complete=not waiting)
    return deleted


def _purges() -> dict[str, Iterator[int]]:
    published = timedelta(days=settings.outbox_retention_days())
    handled = timedelta(days=settings.inbox_retention_days())
    return {
        "outbox": _delete_older(Outbox(database()).delete_older_than, published),
        "inbox": _delete_older(Inboxes(database()).delete_older_than, handled),
        # A provider retries an event for days, and an operator may resend it for weeks. Later it can have no effect.
        "provider_events": _delete_older(ProviderEvents(database()).delete_older_than, handled),
        "idempotency_keys": _delete_older(
            idempotency.IdempotencyKeys(database()).delete_older_than, idempotency.LIFETIME
        ),
        "sessions": Sessions(redis()).delete_expired(),
    }


def _delete_older(delete: Delete, age: timedelta) -> Iterator[int]:
    """Delete rows older than `age`, one batch per transaction. Yields the size of each batch."""
    before = datetime.now(UTC) - age
    while (batch := retry_on_conflict(delete)(before, _BATCH_SIZE)) == _BATCH_SIZE:
        yield batch
    yield batch


def _report(failures: dict[str, Unavailable], deleted: dict[str, int]) -> None:
    reasons = [str(error) for error in failures.values()]
    observability.log().error("purge failed", reasons=reasons, **deleted)
    for dependency in failures:
        observability.count("system_errors_total", type=dependency)
