"""The inbox: which consumer has seen which event, so that a second delivery has no second effect.

An effect outside the database (a mail) cannot share a transaction with its record: the consumer claims the event,
acts, and then marks it done. A claim ends with the Lambda's own deadline, after which its owner cannot be alive. A
crash between the act and the mark may repeat the act; none ever leaves it out.
"""

from datetime import UTC, datetime, timedelta

from microshop.messaging.event import Claim
from microshop.platform.mysql import Database

# Rows changed: 1 for a new claim, 2 for one taken over, 0 where another is done or still at it.
_CLAIM = """
INSERT INTO inbox (consumer, event_id, claimed_until, done_at)
VALUES (%(consumer)s, %(event_id)s, %(claimed_until)s, NULL)
ON DUPLICATE KEY UPDATE
    claimed_until = IF(done_at IS NULL AND claimed_until < %(now)s, %(claimed_until)s, claimed_until)
"""
_IS_DONE = """
SELECT done_at IS NOT NULL AS done
FROM inbox
WHERE consumer = %(consumer)s
  AND event_id = %(event_id)s
"""
_MARK_DONE = """
UPDATE inbox
SET done_at = %(now)s
WHERE consumer = %(consumer)s
  AND event_id = %(event_id)s
"""
_RELEASE = """
UPDATE inbox
SET claimed_until = %(now)s - INTERVAL 1 SECOND
WHERE consumer = %(consumer)s
  AND event_id = %(event_id)s
  AND done_at IS NULL
"""
# What was never marked done has failed every time, or its consumer died each time: it is as old as its last claim.
_DELETE_DONE = """
DELETE FROM inbox
WHERE done_at < %(before)s
ORDER BY done_at
LIMIT %(limit)s
"""
_DELETE_UNDONE = """
DELETE FROM inbox
WHERE done_at IS NULL
  AND claimed_until < %(before)s
LIMIT %(limit)s
"""


class Inbox:
    """One consumer's record of events."""

    def __init__(self, database: Database, consumer: str) -> None:
        self._database = database
        self._consumer = consumer

    def claim(self, event_id: str, seconds: float) -> Claim:
        """Take the event for `seconds`, unless it is done or another execution has it."""
        now = datetime.now(UTC)
        changed = self._database.execute(
            _CLAIM,
            {**self._key(event_id), "now": now, "claimed_until": now + timedelta(seconds=seconds)},
            repeatable=True,
        )
        if changed:
            return Claim.MINE
        row = self._database.row(_IS_DONE, self._key(event_id))
        return Claim.DONE if row and row["done"] else Claim.OTHERS

    def done(self, event_id: str) -> None:
        """The effect has happened."""
        self._database.execute(_MARK_DONE, {**self._key(event_id), "now": datetime.now(UTC)}, repeatable=True)

    def release(self, event_id: str) -> None:
        """The effect has failed: the next delivery need not wait for the claim to end."""
        self._database.execute(_RELEASE, {**self._key(event_id), "now": datetime.now(UTC)}, repeatable=True)

    def _key(self, event_id: str) -> dict[str, str]:
        return {"consumer": self._consumer, "event_id": event_id}


class Inboxes:
    """Every consumer's record of events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def delete_older_than(self, before: datetime, limit: int) -> int:
        """Forget at most `limit` events that nobody has touched since `before`; how many.

        An event that comes again after that is acted on again.
        """
        done = self._database.execute(_DELETE_DONE, {"before": before, "limit": limit}, repeatable=True)
        if done == limit:
            return done
        return done + self._database.execute(_DELETE_UNDONE, {"before": before, "limit": limit - done}, repeatable=True)
