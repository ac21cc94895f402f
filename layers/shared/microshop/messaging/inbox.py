"""The inbox: records which consumer has handled which event, so that a duplicate delivery has no effect.

An effect outside the database (a mail) cannot share a transaction with its record. So the consumer claims the event,
acts, and then marks it done. A claim ends at the function's timeout, when its owner can no longer be running. A crash
between the effect and the mark may repeat the effect, but the effect is never skipped.
"""

from datetime import UTC, datetime, timedelta

from microshop.messaging.event import Claim
from microshop.platform.mysql import Database

# Changed rows: 1 for a new claim, 2 for an expired one, 0 if the event is done or another execution holds a claim.
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
# An event that was never marked done has failed every time. Its age is that of its last claim.
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
        """Claim the event for `seconds`, unless it is done or another execution holds it."""
        now = datetime.now(UTC)
        changed = self._database.execute(
            _CLAIM,
            {**self._key(event_id), "now": now, "claimed_until": now + timedelta(seconds=seconds)},
            idempotent=True,
        )
        if changed:
            return Claim.GRANTED
        row = self._database.row(_IS_DONE, self._key(event_id))
        return Claim.DONE if row and row["done"] else Claim.BUSY

    def mark_done(self, event_id: str) -> None:
        """Mark the event as handled."""
        self._database.execute(_MARK_DONE, {**self._key(event_id), "now": datetime.now(UTC)}, idempotent=True)

    def release(self, event_id: str) -> None:
        """End the claim after a failure, so that the next delivery need not wait until it expires."""
        self._database.execute(_RELEASE, {**self._key(event_id), "now": datetime.now(UTC)}, idempotent=True)

    def _key(self, event_id: str) -> dict[str, str]:
        return {"consumer": self._consumer, "event_id": event_id}


class Inboxes:
    """Every consumer's record of events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def delete_older_than(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` records that have not changed since `before`. Returns how many.

        If an event is delivered again after that, it is handled again.
        """
        done = self._database.execute(_DELETE_DONE, {"before": before, "limit": limit}, idempotent=True)
        if done == limit:
            return done
        return done + self._database.execute(_DELETE_UNDONE, {"before": before, "limit": limit - done}, idempotent=True)
