"""The outbox: a transaction writes its events as rows, so they are published if and only if it commits."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from microshop.messaging.event import Event
from microshop.platform.mysql import Database
from microshop.platform.observability import trace_header
from microshop.values import Value

_INSERT = """
INSERT INTO outbox (event_id, type, aggregate, detail, trace_header, created_at, next_attempt_at)
VALUES (%(event_id)s, %(type)s, %(aggregate)s, %(detail)s, %(trace_header)s, %(now)s, %(now)s)
"""
_INSERT_MANY = """
INSERT INTO outbox (event_id, type, aggregate, detail, trace_header, created_at, next_attempt_at)
VALUES {rows}
"""
# With SKIP LOCKED, a second relay claims the next rows instead of waiting for the first relay's rows. In the order of
# the index, the server reads and locks no other rows, such as those that wait for a later retry. Without FORCE, MySQL
# sorts a small table, and locks all of it.
_CLAIM = """
SELECT id, event_id, type, detail, trace_header, attempts, next_attempt_at
FROM outbox FORCE INDEX (outbox_due)
WHERE published_at IS NULL
  AND next_attempt_at BETWEEN %(since)s AND %(now)s
ORDER BY next_attempt_at, id
LIMIT %(limit)s
FOR UPDATE SKIP LOCKED
"""
_MARK_PUBLISHED = """
UPDATE outbox
SET published_at = %(now)s,
    attempts = attempts + 1,
    last_error = NULL
WHERE id IN %(ids)s
"""
_MARK_FAILED = """
UPDATE outbox
SET attempts = attempts + 1,
    next_attempt_at = %(next_attempt_at)s,
    last_error = %(error)s
WHERE id IN %(ids)s
"""
_MAX_COUNTED = 10_000
# The oldest events have the lowest ids, so they are among those that are counted.
_BACKLOG = """
SELECT COUNT(*) AS waiting,
       MIN(created_at) AS oldest,
       COUNT(IF(attempts >= %(attempts)s OR created_at < %(late)s, 1, NULL)) AS stuck
FROM (
    SELECT attempts, created_at
    FROM outbox FORCE INDEX (outbox_waiting)
    WHERE published_at IS NULL
    ORDER BY id
    LIMIT %(limit)s
) AS longest_waiting
"""
# An unpublished event has no published_at, and NULL is not less than any date.
_DELETE_PUBLISHED = """
DELETE FROM outbox
WHERE published_at < %(before)s
ORDER BY published_at
LIMIT %(limit)s
"""

# The relay polls every half second: an event that fails or waits this long needs an operator.
STUCK_ATTEMPTS = 5
STUCK_AFTER = timedelta(minutes=5)

# A claim reads on where the last one ended. InnoDB keeps the index entries of published events as long as an older
# query runs, a backup for example, and 100,000 of them cost a claim 300 ms. An event whose transaction commits within
# two seconds is in the next claim; one that commits later, or that a dead relay had locked, is in the next claim that
# reads from the beginning.
_LATE_COMMITS = timedelta(seconds=2)
_FROM_BEGINNING_AFTER = timedelta(seconds=10)
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class OutboxRow(Value):
    """An unpublished event; `detail` is its JSON."""

    id: int
    event_id: str
    type: str
    detail: str
    trace_header: str | None
    attempts: int


class Backlog(Value):
    """The number of unpublished events, the age of the oldest, and the number of stuck events.

    An event is stuck if it has failed at least five times, or has waited for more than five minutes. The numbers are
    those of the 10,000 oldest events, and there may be more. An event behind these that fails is stuck when it is five
    minutes old, as are all events before it.
    """

    waiting: int
    oldest_seconds: float
    stuck: int


class EventWriter:
    """Adds events to a transaction."""

    def __init__(self, transaction: Database) -> None:
        self._transaction = transaction

    def add(self, event: Event) -> None:
        """Add `event` to the transaction, with the trace of the request that causes it."""
        self._transaction.execute(_INSERT, row_of(event))

    def add_all(self, events: Sequence[Event]) -> None:
        """Add events to the transaction in their order, in one statement."""
        if events:
            rows = [row_of(event) for event in events]
            values = {f"row_{number}": (*row.values(), row["now"]) for number, row in enumerate(rows)}
            self._transaction.execute(_INSERT_MANY.format(rows=", ".join(f"%({name})s" for name in values)), values)


class Outbox(EventWriter):
    """Adds events, and lets the relay claim and mark them."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._database = database
        self._since = self._from_beginning_at = _BEGINNING

    def claim(self, limit: int) -> list[OutboxRow]:
        """Returns the events that have been due for longest and that no other relay has locked.

        They stay locked until the transaction ends. An event that is still unmarked then is claimed again within ten
        seconds, or at once by another `Outbox`.
        """
        now = datetime.now(UTC)
        if now >= self._from_beginning_at:
            self._since, self._from_beginning_at = _BEGINNING, now + _FROM_BEGINNING_AFTER
        rows = self._database.rows(_CLAIM, {"since": self._since, "now": now, "limit": limit})
        due_at = [row.pop("next_attempt_at") for row in rows]
        if due_at:
            self._since = max(self._since, due_at[-1] - _LATE_COMMITS)
        return [OutboxRow(**row) for row in rows]

    def mark_published(self, ids: Sequence[int]) -> None:
        """Mark events as published."""
        self._database.execute(_MARK_PUBLISHED, {"ids": ids, "now": datetime.now(UTC)})

    def mark_failed(self, ids: Sequence[int], error: str, retry_in_seconds: float) -> None:
        """Record a failure of events and schedule their next attempt."""
        retry_at = datetime.now(UTC) + timedelta(seconds=retry_in_seconds)
        self._database.execute(_MARK_FAILED, {"ids": ids, "error": error[:255], "next_attempt_at": retry_at})

    def backlog(self) -> Backlog:
        """Returns the current backlog."""
        now = datetime.now(UTC)
        limits = {"attempts": STUCK_ATTEMPTS, "late": now - STUCK_AFTER, "limit": _MAX_COUNTED}
        [row] = self._database.rows(_BACKLOG, limits)
        oldest = (now - row["oldest"]).total_seconds() if row["oldest"] else 0.0
        return Backlog(row["waiting"], oldest, row["stuck"])

    def delete_older_than(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` events that were published before `before`, the oldest first. Returns how many."""
        return self._database.execute(_DELETE_PUBLISHED, {"before": before, "limit": limit}, idempotent=True)


def row_of(event: Event) -> dict[str, object]:
    """Returns the columns of an event's row; `detail` is JSON."""
    trace = trace_header()
    detail = {
        "id": event.id,
        "version": event.version,
        "time": event.time.isoformat(),
        "trace": trace,
        "data": event.data,
    }
    return {
        "event_id": event.id,
        "type": event.type,
        "aggregate": event.aggregate,
        "detail": json.dumps(detail, ensure_ascii=False),
        "trace_header": trace,
        "now": datetime.now(UTC),
    }
