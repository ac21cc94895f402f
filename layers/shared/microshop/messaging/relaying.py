"""The relay: publishes due events of the outbox, ten at a time.

The rows stay locked from claim to mark. If a relay dies between the bus's answer and the commit, they stay unmarked and
are published again; consumers recognise an event by its id (messaging/inbox.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microshop.messaging.outbox import OutboxRow
    from microshop.messaging.unit_of_work import OutboxUnitOfWork

# PutEvents takes ten entries and 256 KB a call (EventBridge quotas); an entry's other fields take well under 1 KB.
_BATCH_ENTRIES = 10
_BATCH_BYTES = 240_000

_FIRST_RETRY_SECONDS = 1.0
_LONGEST_RETRY_SECONDS = 300.0

type Publish = Callable[[Sequence[OutboxRow]], Sequence[str | None]]


@dataclass(frozen=True)
class Pass:
    """The result of one batch."""

    published: int
    failed: int

    @property
    def empty(self) -> bool:
        """Whether no event was due."""
        return self.published + self.failed == 0


def relay_batch(publish: Publish, uow: OutboxUnitOfWork) -> Pass:
    """Publish one batch. Each row is marked by the bus's answer for it.

    `publish` returns, for each row in order, None or the bus's error. If it raises, every row of the batch is retried
    later.
    """
    with uow:
        rows = _fitting(uow.outbox.claim(_BATCH_ENTRIES))
        if not rows:
            return Pass(0, 0)
        errors = _publish(publish, rows)
        published = [row.id for row, error in zip(rows, errors, strict=True) if error is None]
        if published:
            uow.outbox.mark_published(published)
        for row, error in zip(rows, errors, strict=True):
            if error is not None:
                uow.outbox.mark_failed(row, error, retry_pause_seconds(row.attempts))
        uow.commit()
    return Pass(len(published), len(rows) - len(published))


def retry_pause_seconds(attempts: int) -> float:
    """Return the pause after a failure that follows `attempts` earlier ones: it doubles from 1 s to 5 minutes."""
    return min(_FIRST_RETRY_SECONDS * 2.0 ** min(attempts, 30), _LONGEST_RETRY_SECONDS)


def _publish(publish: Publish, rows: Sequence[OutboxRow]) -> Sequence[str | None]:
    try:
        return publish(rows)
    except Exception as error:  # noqa: BLE001 - after any error the events stay and are retried
        return [f"{type(error).__name__}: {error}"] * len(rows)


def _fitting(rows: list[OutboxRow]) -> list[OutboxRow]:
    size = 0
    fitting: list[OutboxRow] = []
    for row in rows:
        size += len(row.detail.encode())
        if fitting and size > _BATCH_BYTES:
            break
        fitting.append(row)
    return fitting
