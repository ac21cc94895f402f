"""Events that are not published yet: retries after failures, the backlog, and stuck events."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from microshop.messaging import outbox
from microshop.messaging.outbox import Outbox, OutboxRow
from microshop.messaging.relaying import BatchResult, relay_batch
from microshop.messaging.unit_of_work import OutboxUnitOfWork
from microshop.platform.mysql import Database
from microshop.platform.unit_of_work import UnitOfWork
from tests.integration.conftest import Connect
from tests.support.buses import RecordingBus
from tests.support.outbox_events import add_events
from tests.support.query_cost import ExplainingDatabase, rows_read

type Publish = Callable[[Sequence[OutboxRow]], list[str | None]]
_MILLISECOND = timedelta(milliseconds=1)


def _accept(rows: Sequence[OutboxRow]) -> list[str | None]:
    return [None] * len(rows)


def _refusing(*ids: int) -> Publish:
    """Returns a bus that refuses these entries."""
    return lambda rows: ["ThrottlingException: slow down" if row.id in ids else None for row in rows]


def _failing(error: Exception) -> Publish:
    """Returns a bus whose calls fail."""

    def publish(_rows: Sequence[OutboxRow]) -> list[str | None]:
        raise error

    return publish


def _ids(database: Database) -> list[int]:
    return [row["id"] for row in database.rows("SELECT id FROM outbox ORDER BY id")]


def _make_due(database: Database) -> None:
    database.execute("UPDATE outbox SET next_attempt_at = created_at")


def test_only_the_event_that_the_bus_refused_stays_in_the_outbox(database: Database) -> None:
    add_events(database, 3)
    refused = _ids(database)[1]

    done = relay_batch(_refusing(refused), OutboxUnitOfWork(database))

    rows = database.rows("SELECT id, attempts, last_error, published_at IS NULL AS waiting FROM outbox ORDER BY id")
    assert done == BatchResult(2, 1)
    assert [row["id"] for row in rows if row["waiting"]] == [refused]
    assert [row["last_error"] for row in rows] == [None, "ThrottlingException: slow down", None]
    assert [row["attempts"] for row in rows] == [1, 1, 1]


def test_a_refused_event_is_retried_after_a_pause(database: Database) -> None:
    add_events(database)
    relay_batch(_refusing(*_ids(database)), OutboxUnitOfWork(database))

    assert relay_batch(_accept, OutboxUnitOfWork(database)).empty

    _make_due(database)
    assert relay_batch(_accept, OutboxUnitOfWork(database)) == BatchResult(1, 0)


def test_the_pause_doubles_with_every_failure(database: Database) -> None:
    add_events(database)

    for pause in (1, 2, 4, 8):
        before = datetime.now(UTC) - _MILLISECOND
        relay_batch(_refusing(*_ids(database)), OutboxUnitOfWork(database))
        after = datetime.now(UTC) + _MILLISECOND
        row = database.row("SELECT next_attempt_at FROM outbox")
        assert row is not None
        assert before <= row["next_attempt_at"] - timedelta(seconds=pause) <= after
        _make_due(database)


@pytest.mark.parametrize("error", [ConnectionError("no route"), RuntimeError("x" * 5000), ValueError("表情😀")])
def test_a_failed_call_leaves_every_event_in_the_outbox(database: Database, error: Exception) -> None:
    add_events(database, 3)

    assert relay_batch(_failing(error), OutboxUnitOfWork(database)) == BatchResult(0, 3)

    _make_due(database)
    assert relay_batch(_accept, OutboxUnitOfWork(database)) == BatchResult(3, 0)


def test_failed_events_do_not_delay_new_ones(database: Database) -> None:
    add_events(database, 20)
    relay_batch(_failing(ConnectionError()), OutboxUnitOfWork(database))
    relay_batch(_failing(ConnectionError()), OutboxUnitOfWork(database))
    [new], bus = add_events(database), RecordingBus()

    relay_batch(bus.publish, OutboxUnitOfWork(database))

    assert bus.event_ids == [new.id]


def test_the_backlog_has_the_number_of_events_and_the_longest_wait(database: Database) -> None:
    add_events(database, 3)
    relay_batch(_refusing(*_ids(database)[:2]), OutboxUnitOfWork(database))
    database.execute("UPDATE outbox SET created_at = created_at - INTERVAL 90 SECOND")

    backlog = Outbox(database).backlog()

    assert (backlog.waiting, backlog.stuck) == (2, 0)
    assert 90 <= backlog.oldest_seconds < 150


def test_an_empty_outbox_has_no_backlog(database: Database) -> None:
    backlog = Outbox(database).backlog()

    assert (backlog.waiting, backlog.oldest_seconds, backlog.stuck) == (0, 0.0, 0)


def test_an_event_is_stuck_after_five_failures(database: Database) -> None:
    add_events(database, 2)
    publish, stuck = _refusing(_ids(database)[0]), list[int]()

    for _ in range(6):
        relay_batch(publish, OutboxUnitOfWork(database))
        _make_due(database)
        stuck.append(Outbox(database).backlog().stuck)

    assert stuck == [0, 0, 0, 0, 1, 1]


def test_an_event_is_stuck_after_five_minutes_without_an_attempt(database: Database) -> None:
    add_events(database, 3)
    for event_id, seconds in zip(_ids(database), (290, 310, 86_400), strict=True):
        database.execute(
            "UPDATE outbox SET created_at = created_at - INTERVAL %s SECOND WHERE id = %s", (seconds, event_id)
        )

    assert Outbox(database).backlog().stuck == 2


def test_a_published_event_is_no_longer_stuck(database: Database) -> None:
    add_events(database)
    database.execute("UPDATE outbox SET created_at = created_at - INTERVAL 1 HOUR, attempts = 7")

    relay_batch(_accept, OutboxUnitOfWork(database))

    assert Outbox(database).backlog().stuck == 0


def test_the_backlog_is_counted_up_to_a_limit(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(database, 2000, due_in=timedelta(days=-1), published=True)
    _fill(database, 1, due_in=timedelta(seconds=-90))
    _fill(database, 3000, due_in=timedelta(hours=1))
    database.rows("ANALYZE TABLE outbox")
    monkeypatch.setattr(outbox, "_MAX_COUNTED", 100)

    read = rows_read(database, Outbox(database).backlog)
    backlog = Outbox(database).backlog()

    assert (backlog.waiting, read <= 2 * 100 + 10) == (100, True)
    assert 90 <= backlog.oldest_seconds < 150


_FILL = """
INSERT INTO outbox (event_id, type, aggregate, detail, created_at, next_attempt_at, published_at)
SELECT UUID(), 'UserRegistered', 'user:1', '{}', %(due)s, %(due)s, %(published)s
FROM information_schema.columns, (SELECT 1 UNION SELECT 2 UNION SELECT 3) AS times
LIMIT %(count)s
"""


def _fill(database: Database, count: int, *, due_in: timedelta, published: bool = False) -> None:
    due = datetime.now(UTC) + due_in
    database.execute(_FILL, {"count": count, "due": due, "published": due if published else None})


def _rows_of_a_claim(database: Database, limit: int) -> tuple[int, int]:
    """Returns how many events a claim returns, and how many rows the server reads for it."""
    claimed: list[OutboxRow] = []
    with UnitOfWork(database):
        read = rows_read(database, lambda: claimed.extend(Outbox(database).claim(limit)))
    return len(claimed), read


def test_claim_reads_no_event_that_waits_for_a_later_retry(database: Database) -> None:
    _fill(database, 2000, due_in=timedelta(days=-1), published=True)
    _fill(database, 3000, due_in=timedelta(hours=1))
    _fill(database, 20, due_in=timedelta(seconds=-1))
    database.rows("ANALYZE TABLE outbox")  # the optimizer scans a table that it believes to be small

    assert _rows_of_a_claim(database, 10) == (10, 10)
    assert _rows_of_a_claim(database, 160) == (20, 21)


def test_claim_reads_few_rows_more_while_another_relay_publishes(database: Database, connect: Connect) -> None:
    _fill(database, 3000, due_in=timedelta(seconds=-1))
    database.rows("ANALYZE TABLE outbox")
    other = connect()

    with UnitOfWork(other):
        first = [row.id for row in Outbox(other).claim(160)]
        claimed, read = _rows_of_a_claim(database, 160)

    assert (len(first), claimed) == (160, 160)
    assert read <= 2 * 160


def test_claiming_events_uses_the_index_of_due_ones(database: Database) -> None:
    _fill(database, 2000, due_in=timedelta(days=-1), published=True)
    _fill(database, 3000, due_in=timedelta(seconds=-1))
    database.rows("ANALYZE TABLE outbox")
    explaining = ExplainingDatabase(database)

    Outbox(explaining).claim(160)

    [plan] = explaining.plan
    assert plan["key"] == "outbox_due"
    assert "filesort" not in str(plan["Extra"])
