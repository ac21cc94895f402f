"""The relay: publishes due events of the outbox, in several calls of ten at the same time.

The rows stay locked until they are marked. If a relay crashes between the bus's response and the commit, the rows stay
unmarked and are published again. Consumers recognise duplicates by the event's id (messaging/inbox.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from microshop.messaging.pace import Pace
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from microshop.messaging.outbox import OutboxRow
    from microshop.messaging.unit_of_work import OutboxUnitOfWork

# PutEvents accepts ten entries per call, and 1 MB in total since January 2026. Its reference still states the earlier
# limit of 256 KB, so a call stays below that. An entry's other fields are well under 1 KB.
_CALL_ENTRIES = 10
_CALL_BYTES = 240_000

_FIRST_RETRY_SECONDS = 1.0
_LONGEST_RETRY_SECONDS = 300.0

# Codes of an entry that the bus refuses because of its own state, and not because of the entry.
_BUS_ERRORS = ("Throttling", "Internal")

type Publish = Callable[[Sequence[OutboxRow]], Sequence[str | None]]


class BatchResult(Value):
    """The numbers of published and failed events of a batch."""

    published: int
    failed: int

    @property
    def empty(self) -> bool:
        """Whether no event was due."""
        return self.published + self.failed == 0


class _Call(Value):
    """A call to the bus: the error or None for each row, in order; `has_failed` if the bus did not answer it."""

    rows: Sequence[OutboxRow]
    errors: Sequence[str | None]
    has_failed: bool = False

    @property
    def is_refused(self) -> bool:
        """Whether the bus cannot take more events at the moment."""
        return self.has_failed or any(error is not None and error.startswith(_BUS_ERRORS) for error in self.errors)


def relay_batch(publish: Publish, uow: OutboxUnitOfWork, pace: Pace | None = None) -> BatchResult:
    """Publish as many events as the calls of `pace` take (default: one call), and mark each as published or failed.

    `publish` makes one call, and runs in several threads. It returns None or the bus's error for each row, in order. If
    it raises, all rows of its call are retried later.
    """
    pace = pace or Pace()
    with uow:
        rows = uow.outbox.claim(_CALL_ENTRIES * pace.calls)
        if not rows:
            return BatchResult(0, 0)
        started = time.monotonic()
        calls = _publish_all(publish, list(_split(rows)))
        pace.adapt(
            seconds=time.monotonic() - started,
            is_full=len(rows) == _CALL_ENTRIES * pace.calls,
            is_refused=any(call.is_refused for call in calls),
        )
        published = _mark(calls, uow)
        uow.commit()
    return BatchResult(published, len(rows) - published)


def retry_pause_seconds(attempts: int) -> float:
    """Returns the backoff after a failure that follows `attempts` earlier ones: it doubles from 1 s to 5 minutes."""
    return min(_FIRST_RETRY_SECONDS * 2.0 ** min(attempts, 30), _LONGEST_RETRY_SECONDS)


def _publish_all(publish: Publish, batches: Sequence[Sequence[OutboxRow]]) -> list[_Call]:
    if len(batches) == 1:
        return [_publish(publish, batches[0])]
    # All at the same time, although large events make more calls than the pace has: the run waits for one timeout only.
    with ThreadPoolExecutor(len(batches)) as pool:
        return list(pool.map(lambda rows: _publish(publish, rows), batches))


def _publish(publish: Publish, rows: Sequence[OutboxRow]) -> _Call:
    try:
        return _Call(rows, publish(rows))
    except Exception as error:  # noqa: BLE001 - after any error the events stay and are retried
        return _Call(rows, [f"{type(error).__name__}: {error}"] * len(rows), has_failed=True)


def _mark(calls: Sequence[_Call], uow: OutboxUnitOfWork) -> int:
    """Mark the rows of all calls, with one statement for the published ones. Returns how many these are."""
    published = list[int]()
    failed = dict[tuple[str, int], list[int]]()
    for call in calls:
        for row, error in zip(call.rows, call.errors, strict=True):
            if error is None:
                published.append(row.id)
            else:
                failed.setdefault((error, row.attempts), []).append(row.id)
    if published:
        uow.outbox.mark_published(published)
    for (error, attempts), ids in failed.items():
        uow.outbox.mark_failed(ids, error, retry_pause_seconds(attempts))
    return len(published)


def _split(rows: Sequence[OutboxRow]) -> Iterator[list[OutboxRow]]:
    """Yields the rows of each call."""
    size = 0
    batch: list[OutboxRow] = []
    for row in rows:
        row_bytes = len(row.detail.encode())
        if batch and (len(batch) == _CALL_ENTRIES or size + row_bytes > _CALL_BYTES):
            yield batch
            size, batch = 0, []
        size += row_bytes
        batch.append(row)
    yield batch
