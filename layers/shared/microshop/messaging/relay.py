"""The relay: takes due events out of the outbox, ten at a time, and publishes them.

The rows stay locked from claim to mark. A relay that dies between the bus's answer and the commit leaves them unmarked:
they go out again, and consumers know an event's id (messaging/inbox.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from microshop.messaging.outbox import Outbox, OutboxRow
from microshop.platform.mysql import Database
from microshop.platform.unit_of_work import UnitOfWork

# PutEvents takes ten entries and 256 KB a call (EventBridge quotas); what is not detail takes well under 1 KB an entry.
_BATCH_ENTRIES = 10
_BATCH_BYTES = 240_000

_FIRST_RETRY_SECONDS = 1.0
_LONGEST_RETRY_SECONDS = 300.0

type Publish = Callable[[Sequence[OutboxRow]], Sequence[str | None]]


@dataclass(frozen=True)
class Pass:
    """What one batch did."""

    published: int
    failed: int

    @property
    def empty(self) -> bool:
        """Nothing was due."""
        return self.published + self.failed == 0


def relay_batch(database: Database, publish: Publish) -> Pass:
    """Publish one batch; each entry's answer decides about its own row.

    `publish` gives, for each row in order, None or the error that the bus answered; if it raises, every row of the
    batch is tried again later.
    """
    outbox = Outbox(database)
    with UnitOfWork(database) as transaction:
        rows = _fitting(outbox.claim(_BATCH_ENTRIES))
        if not rows:
            return Pass(0, 0)
        errors = _publish(publish, rows)
        published = [row.id for row, error in zip(rows, errors, strict=True) if error is None]
        if published:
            outbox.mark_published(published)
        for row, error in zip(rows, errors, strict=True):
            if error is not None:
                outbox.mark_failed(row, error, retry_pause_seconds(row.attempts))
        transaction.commit()
    return Pass(len(published), len(rows) - len(published))


def retry_pause_seconds(attempts: int) -> float:
    """The wait after the failure that follows `attempts` earlier ones: doubles from 1 s to 5 minutes."""
    return min(_FIRST_RETRY_SECONDS * 2.0 ** min(attempts, 30), _LONGEST_RETRY_SECONDS)


def _publish(publish: Publish, rows: Sequence[OutboxRow]) -> Sequence[str | None]:
    try:
        return publish(rows)
    except Exception as error:  # noqa: BLE001 - whatever it is, the events stay and are tried again
        return [f"{type(error).__name__}: {error}"] * len(rows)


def _fitting(rows: list[OutboxRow]) -> list[OutboxRow]:
    size, fitting = 0, list[OutboxRow]()
    for row in rows:
        size += len(row.detail.encode())
        if fitting and size > _BATCH_BYTES:
            break
        fitting.append(row)
    return fitting
