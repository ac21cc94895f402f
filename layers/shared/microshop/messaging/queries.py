"""Reads of the inbox for operators: whether a consumer has handled an event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from microshop.platform.mysql import Database

_SEEN = """
SELECT event_id, claimed_until, done_at
FROM inbox
WHERE consumer = %(consumer)s
  AND event_id IN %(event_ids)s
"""


@dataclass(frozen=True)
class SeenEvent:
    """An event that a consumer has claimed; `done_at` is None unless it was handled."""

    event_id: str
    claimed_until: datetime
    done_at: datetime | None


def seen_events(database: Database, consumer: str, event_ids: Sequence[str]) -> list[SeenEvent]:
    """Return the events that the consumer's inbox has a record of.

    Raises:
        Unavailable: the database does not answer.
    """
    if not event_ids:
        return []
    rows = database.rows(_SEEN, {"consumer": consumer, "event_ids": list(event_ids)})
    return [SeenEvent(row["event_id"], row["claimed_until"], row["done_at"]) for row in rows]
