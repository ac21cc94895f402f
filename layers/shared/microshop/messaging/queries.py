"""What an operator asks the inbox: whether a consumer has handled an event."""

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
    """An event that a consumer has taken in hand: it is done, or was claimed until then."""

    event_id: str
    claimed_until: datetime
    done_at: datetime | None

    def shown(self) -> dict[str, str | None]:
        """Its times as text, under their names."""
        return {
            "done_at": self.done_at.isoformat() if self.done_at else None,
            "claimed_until": self.claimed_until.isoformat(),
        }


def seen_events(database: Database, consumer: str, event_ids: Sequence[str]) -> list[SeenEvent]:
    """Those of the events that the consumer's inbox knows.

    Raises:
        Unavailable: the database does not answer.
    """
    if not event_ids:
        return []
    rows = database.rows(_SEEN, {"consumer": consumer, "event_ids": list(event_ids)})
    return [SeenEvent(row["event_id"], row["claimed_until"], row["done_at"]) for row in rows]
