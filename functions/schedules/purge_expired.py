"""Deletes what nobody will ask for again: published events, handled ones, webhooks, stored answers, ended sessions."""

from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from microshop.errors import Unavailable
from microshop.idempotency import repository as idempotency
from microshop.messaging.inbox import Inboxes
from microshop.messaging.outbox import Outbox
from microshop.payments.repository import ProviderEvents
from microshop.platform import observability, settings
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.transactions import retried
from microshop.users.sessions import Sessions

_ROWS_AT_ONCE = 1000
# Room for the statement at hand, which the database may take 6 s for (platform/mysql.py), and for what is said then.
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 10_000

type Delete = Callable[[datetime, int], int]


def handler(_event: dict[str, Any], context: Any) -> dict[str, int]:
    """How many of each were deleted; a database or Redis that does not answer fails the invocation in the end."""
    purges = _purges()
    deleted, waiting, failures = dict.fromkeys(purges, 0), deque(purges.items()), dict[str, Unavailable]()
    # In turns, so that much of one kind does not keep the others waiting for hours.
    while waiting and context.get_remaining_time_in_millis() > _STOP_BEFORE_TIMEOUT_MILLISECONDS:
        name, batches = waiting.popleft()
        try:
            batch = next(batches, None)
        except Unavailable as error:
            failures[error.dependency] = error  # what lies in another server can go all the same
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
        "outbox": _old(Outbox(database()).delete_older_than, published),
        "inbox": _old(Inboxes(database()).delete_older_than, handled),
        # A provider sends an event again for days, an operator perhaps for weeks. One that comes later changes nothing.
        "provider_events": _old(ProviderEvents(database()).delete_older_than, handled),
        "idempotency_keys": _old(idempotency.IdempotencyKeys(database()).delete_older_than, idempotency.LIFETIME),
        "sessions": Sessions(redis()).forget_expired(),
    }


def _old(delete: Delete, age: timedelta) -> Iterator[int]:
    """Deletes what is older, a batch at a time, each a transaction of its own; how many each was."""
    before = datetime.now(UTC) - age
    while (batch := retried(delete)(before, _ROWS_AT_ONCE)) == _ROWS_AT_ONCE:
        yield batch
    yield batch


def _report(failures: dict[str, Unavailable], deleted: dict[str, int]) -> None:
    reasons = [str(error) for error in failures.values()]
    observability.log().error("purge failed", reasons=reasons, **deleted)
    for dependency in failures:
        observability.count("system_errors_total", type=dependency)
