"""Events, inbox entries and sessions of a given age, for tests of their purge."""

import time
from datetime import UTC, datetime, timedelta

from microshop.messaging.inbox import Inbox
from microshop.messaging.outbox import Outbox
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.staff_invitations.repository import InvitationRepository
from microshop.users.events import UserRegistered

_NOW = datetime.now(UTC)
_PUBLISH = "UPDATE outbox SET published_at = %(published)s, created_at = %(created)s WHERE event_id = %(id)s"
_AGE_ENTRY = """
UPDATE inbox
SET claimed_until = %(then)s,
    done_at = IF(done_at IS NULL, NULL, %(then)s)
WHERE consumer = %(consumer)s
  AND event_id = %(event_id)s
"""


def days_ago(days: float) -> datetime:
    """The time so many days before the start of the test run."""
    return _NOW - timedelta(days=days)


def publish_events(database: Database, *days: float | None) -> list[str]:
    """Add one event per number of days since its publication; None is an old event that is not published.

    Returns the ids of the events.
    """
    events = [UserRegistered(user_id=1, language="en") for _ in days]
    for event, age in zip(events, days, strict=True):
        Outbox(database).add(event)
        published = None if age is None else days_ago(age)
        database.execute(_PUBLISH, {"id": event.id, "published": published, "created": days_ago(400)})
    return [event.id for event in events]


def add_inbox_entry(database: Database, consumer: str, event_id: str, days: float, *, done: bool = True) -> None:
    """Add the inbox entry of an event that a consumer handled, or only claimed, so many days ago."""
    inbox = Inbox(database, consumer)
    inbox.claim(event_id, 30)
    if done:
        inbox.mark_done(event_id)
    database.execute(_AGE_ENTRY, {"then": days_ago(days), "consumer": consumer, "event_id": event_id})


def add_sessions(redis: Redis, user_id: int, *seconds_left: int) -> None:
    """Add the sessions of a user: one per number of seconds until it ends, negative if it has ended."""
    now = int(time.time())
    for number, left in enumerate(seconds_left):
        redis.command("ZADD", f"sessions-of:{user_id}", now + left, f"hash-{number}")


def add_invitation(database: Database, days: float) -> int:
    """Add an invitation that expired so many days ago. Returns its id."""
    database.execute(
        """
        INSERT INTO users
            (id, email, username, role, language, password_hash, credentials_version, created_at, updated_at)
        VALUES (1, 'ada@example.com', 'ada', 'customer', 'en', '', 1, NOW(6), NOW(6))
        ON DUPLICATE KEY UPDATE id = id
        """
    )
    invitation_id = InvitationRepository(database).add(
        email=f"{days}@example.com", invited_by=1, language="en", role_ids={3}
    )
    database.execute(
        "UPDATE staff_invitations SET expires_at = %(then)s WHERE id = %(id)s",
        {"then": days_ago(days), "id": invitation_id},
    )
    return invitation_id


def add_data_exports(database: Database, *, expired_days_ago: float, requested_days_ago: float) -> None:
    """Add a ready export whose file has expired, and an expired one that was requested long ago. Account 1 exists."""
    for key, state, requested, expired in (
        ("a", "ready", expired_days_ago + 7, expired_days_ago),
        ("b", "expired", requested_days_ago, requested_days_ago - 7),
    ):
        database.execute(
            """
            INSERT INTO data_exports (user_id, state, object_key, requested_at, ready_at, expires_at)
            VALUES (1, %(state)s, %(key)s, %(requested)s, %(requested)s, %(expired)s)
            """,
            {"key": key, "state": state, "requested": days_ago(requested), "expired": days_ago(expired)},
        )
