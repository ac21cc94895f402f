"""The relay: publishes due events of the outbox, ten at a time.

The rows stay locked until they are marked. If a relay crashes between the bus's response and the commit, the rows stay
unmarked and are published again. Consumers recognise duplicates by the event's id (messaging/inbox.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from microshop.values import Value

if TYPE_CHECKING:
    from microshop.messaging.outbox import OutboxRow
    from microshop.messaging.unit_of_work import OutboxUnitOfWork

# PutEvents accepts ten entries and 256 KB per call (EventBridge quotas). An entry's other fields are well under 1 KB.
_BATCH_ENTRIES = 10
_BATCH_BYTES = 240_000

_FIRST_RETRY_SECONDS = 1.0
_LONGEST_RETRY_SECONDS = 300.0

type Publish = Callable[[Sequence[OutboxRow]], Sequence[str | None]]


class BatchResult(Value):
    """The numbers of published and failed events of a batch."""

    published: int
    failed: int

    @property
    def empty(self) -> bool:
        """Whether no event was due."""
        return self.published + self.failed == 0


def relay_batch(publish: Publish, uow: OutboxUnitOfWork) -> BatchResult:
    """Publish one batch, and mark each row as published or failed.

    `publish` returns None or the bus's error for each row, in order. If it raises, all rows of the batch are retried
    later.
    """
    with uow:
        rows = _fit_batch(uow.outbox.claim(_BATCH_ENTRIES))
        if not rows:
            return BatchResult(0, 0)
        errors = _publish(publish, rows)
        published = [row.id for row, error in zip(rows, errors, strict=True) if error is None]
        if published:
            uow.outbox.mark_published(published)
        for row, error in zip(rows, errors, strict=True):
            if error is not None:
                uow.outbox.mark_failed(row, error, retry_pause_seconds(row.attempts))
        uow.commit()
    return BatchResult(len(published), len(rows) - len(published))


def retry_pause_seconds(attempts: int) -> float:
    """Returns the backoff after a failure that follows `attempts` earlier ones: it doubles from 1 s to 5 minutes."""
    return min(_FIRST_RETRY_SECONDS * 2.0 ** min(attempts, 30), _LONGEST_RETRY_SECONDS)


def _publish(publish: Publish, rows: Sequence[OutboxRow]) -> Sequence[str | None]:
    try:
        return publish(rows)
    except Exception as error:  # noqa: BLE001 - after any error the events stay and are retried
        return [f"{type(error).__name__}: {error}"] * len(rows)


def _fit_batch(rows: list[OutboxRow]) -> list[OutboxRow]:
    size = 0
    batch: list[OutboxRow] = []
    for row in rows:
        size += len(row.detail.encode())
        if batch and size > _BATCH_BYTES:
            break
        batch.append(row)
    return batch
