"""The purge of old events, inbox entries, idempotency keys and sessions."""

from datetime import UTC, datetime, timedelta

import pytest

from microshop.messaging import inbox as inbox_module
from microshop.messaging import outbox as outbox_module
from microshop.messaging.event import Claim
from microshop.messaging.inbox import Inbox, Inboxes
from microshop.messaging.outbox import Outbox
from microshop.platform.mysql import Database, Row
from microshop.platform.redis import Redis
from microshop.users.sessions import Sessions
from tests.integration.conftest import Connect
from tests.support.old_records import add_inbox_entry, add_sessions, days_ago, publish_events

# Enough rows for the server to prefer an index. Nine of ten are published or done.
_MANY = """
INSERT INTO {table}
WITH RECURSIVE numbers AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < 900)
SELECT {columns} FROM numbers
"""
_MANY_EVENTS = _MANY.format(
    table="outbox (event_id, type, aggregate, detail, created_at, next_attempt_at, published_at)",
    columns="n, 'AnEvent', 'a:1', REPEAT('x', 500), UTC_TIMESTAMP(), UTC_TIMESTAMP(), "
    "IF(n MOD 10 = 0, NULL, UTC_TIMESTAMP() - INTERVAL n DAY)",
)
_MANY_HANDLED = _MANY.format(
    table="inbox (consumer, event_id, claimed_until, done_at)",
    columns="'a_consumer', n, UTC_TIMESTAMP() - INTERVAL n DAY, "
    "IF(n MOD 10 = 0, NULL, UTC_TIMESTAMP() - INTERVAL n DAY)",
)


def _events(database: Database) -> set[str]:
    return {row["event_id"] for row in database.rows("SELECT event_id FROM outbox")}


def _plan(database: Database, sql: str) -> Row:
    plan = database.row(f"EXPLAIN FORMAT=TRADITIONAL {sql.strip()}", {"before": days_ago(35), "limit": 10})
    assert plan is not None
    return plan


def test_only_old_published_events_are_deleted(database: Database) -> None:
    kept, _, _ = publish_events(database, 6.9, 7.1, 300)

    assert Outbox(database).delete_older_than(days_ago(7), 1000) == 2

    assert _events(database) == {kept}


def test_an_unpublished_event_is_never_deleted(database: Database) -> None:
    waiting = publish_events(database, None, None)

    assert Outbox(database).delete_older_than(datetime.now(UTC) + timedelta(days=1), 1000) == 0

    assert _events(database) == set(waiting)
    assert len(Outbox(database).claim(10)) == 2


def test_the_oldest_events_are_deleted_first_up_to_the_limit(database: Database) -> None:
    younger, oldest, old = publish_events(database, 10, 30, 20)

    counts = [Outbox(database).delete_older_than(days_ago(7), 2)]
    left = _events(database)
    counts += [Outbox(database).delete_older_than(days_ago(7), 2) for _ in range(2)]

    assert (counts, left) == ([2, 1, 0], {younger})
    assert {oldest, old}.isdisjoint(left)


def test_deleting_events_blocks_neither_relay_nor_new_events(database: Database, connect: Connect) -> None:
    publish_events(database, 10, None)
    purging, adding = connect(), connect()
    purging.begin()
    Outbox(purging).delete_older_than(days_ago(7), 1000)

    claimed = Outbox(adding).claim(10)
    publish_events(adding, None)
    purging.commit()

    assert len(claimed) == 1
    assert len(_events(database)) == 2


def test_deleting_events_reads_only_published_events(database: Database) -> None:
    database.execute(_MANY_EVENTS)
    database.rows("ANALYZE TABLE outbox")

    plan = _plan(database, outbox_module._DELETE_PUBLISHED)

    assert plan["key"] in ("outbox_waiting", "outbox_due")  # both begin with published_at
    assert plan["type"] == "range"
    assert "filesort" not in (plan["Extra"] or "")


@pytest.mark.parametrize("done", [True, False])
def test_only_old_inbox_entries_are_deleted(database: Database, done: bool) -> None:
    add_inbox_entry(database, "one", "young", 34.9, done=done)
    add_inbox_entry(database, "one", "old", 35.1, done=done)
    add_inbox_entry(database, "two", "old", 300, done=done)

    assert Inboxes(database).delete_older_than(days_ago(35), 1000) == 2

    assert [row["event_id"] for row in database.rows("SELECT event_id FROM inbox")] == ["young"]


def test_the_inbox_entry_of_an_event_in_progress_is_not_deleted(database: Database) -> None:
    Inbox(database, "one").claim("at-work", 30)

    assert Inboxes(database).delete_older_than(datetime.now(UTC), 1000) == 0

    assert Inbox(database, "one").claim("at-work", 30) is Claim.BUSY


def test_inbox_entries_are_deleted_up_to_the_limit(database: Database) -> None:
    for number in range(5):
        add_inbox_entry(database, "one", f"event-{number}", 40, done=number < 3)

    counts = [Inboxes(database).delete_older_than(days_ago(35), 2) for _ in range(4)]

    assert counts == [2, 2, 1, 0]


@pytest.mark.parametrize("sql", [inbox_module._DELETE_DONE, inbox_module._DELETE_UNDONE], ids=["done", "undone"])
def test_deleting_inbox_entries_uses_the_index(database: Database, sql: str) -> None:
    database.execute(_MANY_HANDLED)
    database.rows("ANALYZE TABLE inbox")

    plan = _plan(database, sql)

    assert plan["key"] == "inbox_expired"
    assert "filesort" not in (plan["Extra"] or "")


def test_only_entries_of_ended_sessions_are_deleted(redis: Redis) -> None:
    add_sessions(redis, 1, -60, -1, 60)
    add_sessions(redis, 2, -60)
    add_sessions(redis, 3, 60, 120)

    assert sum(Sessions(redis).delete_expired()) == 3

    assert redis.command("ZRANGE", "sessions-of:1", 0, -1) == [b"hash-2"]
    assert redis.command("EXISTS", "sessions-of:2") == 0
    assert redis.command("ZCARD", "sessions-of:3") == 2


def test_the_purge_of_sessions_keeps_other_keys(redis: Redis) -> None:
    opened = Sessions(redis).open(17, 60)
    redis.command("ZADD", "presence", 1, 17)
    redis.command("SET", "product:{5}", "x")

    assert sum(Sessions(redis).delete_expired()) == 0

    assert redis.command("ZCARD", "presence") == 1
    assert Sessions(redis).find(opened.token) is not None


def test_the_sessions_of_many_users_are_purged_in_batches(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("microshop.users.sessions._SCAN_COUNT", 10)
    for user_id in range(200):
        add_sessions(redis, user_id, -60, 60)

    batches = list(Sessions(redis).delete_expired())

    assert sum(batches) == 200
    assert len(batches) > 2
