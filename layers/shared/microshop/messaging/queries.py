"""Queries of the inbox for operators: whether a consumer has handled an event."""

from collections.abc import Sequence
from datetime import datetime

from microshop.platform.mysql import Database
from microshop.values import Value

_RECORDS = """
SELECT event_id, claimed_until, done_at
FROM inbox
WHERE consumer = %(consumer)s
  AND event_id IN %(event_ids)s
"""


class InboxRecord(Value):
    """An event that a consumer has claimed; `done_at` is None until it is handled."""

    event_id: str
    claimed_until: datetime
    done_at: datetime | None


def inbox_records(database: Database, consumer: str, event_ids: Sequence[str]) -> list[InboxRecord]:
    """Returns the inbox's records of these events, if the consumer has any.

    Raises:
        Unavailable: the database does not answer.
    """
    if not event_ids:
        return []
    rows = database.rows(_RECORDS, {"consumer": consumer, "event_ids": list(event_ids)})
    return [InboxRecord(row["event_id"], row["claimed_until"], row["done_at"]) for row in rows]
