"""The outbox and its relay: every committed event is published, whatever dies in between."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from microshop.messaging.outbox import Outbox, OutboxRow
from microshop.messaging.relaying import BatchResult, relay_batch
from microshop.messaging.unit_of_work import OutboxUnitOfWork
from microshop.platform.mysql import Database
from microshop.platform.unit_of_work import UnitOfWork
from microshop.users.events import UserRegistered
from tests.integration.conftest import Connect
from tests.support import hanging_relay
from tests.support.threads import at_once

_LAYER = Path(__file__).parents[3] / "layers" / "shared"


class _Bus:
    """Takes every event except the types of failure that the test asks for."""

    def __init__(self, *refused: int, fails: Exception | None = None) -> None:
        self.published: list[str] = []
        self.rows: list[OutboxRow] = []
        self.calls = 0
        self._refused = refused
        self._fails = fails

    def publish(self, rows: Sequence[OutboxRow]) -> list[str | None]:
        self.calls += 1
        self.rows.extend(rows)
        if self._fails:
            raise self._fails
        answers = ["ThrottlingException: slow down" if row.id in self._refused else None for row in rows]
        self.published += [row.event_id for row, answer in zip(rows, answers, strict=True) if answer is None]
        return answers


def _add(database: Database, count: int = 1) -> list[UserRegistered]:
    events = [UserRegistered(user_id=number, language="en") for number in range(1, count + 1)]
    with UnitOfWork(database) as transaction:
        for event in events:
            Outbox(database).add(event)
        transaction.commit()
    return events


def _ids(database: Database) -> list[int]:
    return [row["id"] for row in database.rows("SELECT id FROM outbox ORDER BY id")]


def _let_the_wait_pass(database: Database) -> None:
    database.execute("UPDATE outbox SET next_attempt_at = created_at")


def _relay_until_empty(database: Database, bus: _Bus) -> None:
    while not relay_batch(bus.publish, OutboxUnitOfWork(database)).empty:
        pass


def test_an_event_is_published_with_what_consumers_need(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")
    [event] = _add(database)
    bus = _Bus()

    relay_batch(bus.publish, OutboxUnitOfWork(database))

    [row] = bus.rows
    assert (row.event_id, row.type) == (event.id, "UserRegistered")
    assert row.trace_header == "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
    assert json.loads(row.detail) == {
        "id": event.id,
        "version": 1,
        "time": event.time.isoformat(),
        "trace": row.trace_header,
        "data": {"user_id": 1, "language": "en"},
    }


def test_events_are_published_in_the_order_in_which_they_were_added(database: Database) -> None:
    events, bus = _add(database, 25), _Bus()

    _relay_until_empty(database, bus)

    assert bus.published == [event.id for event in events]
    assert bus.calls == 3


def test_a_published_event_is_not_published_again(database: Database) -> None:
    bus = _Bus()
    _add(database)
    relay_batch(bus.publish, OutboxUnitOfWork(database))

    assert relay_batch(bus.publish, OutboxUnitOfWork(database)) == BatchResult(0, 0)

    assert bus.calls == 1


def test_an_event_of_an_open_transaction_is_not_published(database: Database, connect: Connect) -> None:
    bus, other = _Bus(), connect()
    other.begin()
    Outbox(other).add(UserRegistered(user_id=1, language="en"))

    during = relay_batch(bus.publish, OutboxUnitOfWork(database))
    other.commit()
    after = relay_batch(bus.publish, OutboxUnitOfWork(database))

    assert (during, after) == (BatchResult(0, 0), BatchResult(1, 0))


def test_two_relays_at_once_publish_every_event_once(database: Database, connect: Connect) -> None:
    events, bus, relays = _add(database, 60), _Bus(), [connect() for _ in range(4)]

    outcomes = at_once(4, lambda number: _relay_until_empty(relays[number], bus))

    assert outcomes == [None] * 4
    assert sorted(bus.published) == sorted(event.id for event in events)


def test_a_relay_takes_other_rows_than_the_one_that_is_publishing(database: Database, connect: Connect) -> None:
    events, bus, other = _add(database, 15), _Bus(), connect()

    def publish(rows: Sequence[OutboxRow]) -> list[str | None]:
        relay_batch(bus.publish, OutboxUnitOfWork(other))
        return [None] * len(rows)

    relay_batch(publish, OutboxUnitOfWork(database))

    assert bus.published == [event.id for event in events[10:]]


def test_nobody_waits_for_the_relay_to_add_an_event(database: Database, connect: Connect) -> None:
    _add(database, 3)
    other, added = connect(), list[UserRegistered]()

    def publish(rows: Sequence[OutboxRow]) -> list[str | None]:
        added.extend(_add(other))
        return [None] * len(rows)

    assert relay_batch(publish, OutboxUnitOfWork(database)) == BatchResult(3, 0)

    assert len(added) == 1


def test_an_entry_that_the_bus_refused_waits_and_the_others_do_not(database: Database) -> None:
    _add(database, 3)
    refused = _ids(database)[1]

    done = relay_batch(_Bus(refused).publish, OutboxUnitOfWork(database))

    rows = database.rows("SELECT id, attempts, last_error, published_at IS NULL AS waiting FROM outbox ORDER BY id")
    assert done == BatchResult(2, 1)
    assert [row["id"] for row in rows if row["waiting"]] == [refused]
    assert [row["last_error"] for row in rows] == [None, "ThrottlingException: slow down", None]
    assert [row["attempts"] for row in rows] == [1, 1, 1]


def test_a_refused_entry_is_not_tried_again_before_its_time(database: Database) -> None:
    _add(database)
    relay_batch(_Bus(*_ids(database)).publish, OutboxUnitOfWork(database))
    bus = _Bus()

    assert relay_batch(bus.publish, OutboxUnitOfWork(database)).empty

    _let_the_wait_pass(database)
    assert relay_batch(bus.publish, OutboxUnitOfWork(database)) == BatchResult(1, 0)


def test_the_wait_grows_with_every_failure(database: Database) -> None:
    _add(database)
    bus, waits = _Bus(*_ids(database)), list[int]()

    for _ in range(4):
        before = datetime.now(UTC)
        relay_batch(bus.publish, OutboxUnitOfWork(database))
        row = database.row("SELECT next_attempt_at FROM outbox")
        assert row is not None
        waits.append(round((row["next_attempt_at"] - before).total_seconds()))
        _let_the_wait_pass(database)

    assert waits == [1, 2, 4, 8]


@pytest.mark.parametrize("error", [ConnectionError("no route"), RuntimeError("x" * 5000), ValueError("表情😀")])
def test_a_call_that_fails_leaves_every_event_waiting(database: Database, error: Exception) -> None:
    _add(database, 3)

    assert relay_batch(_Bus(fails=error).publish, OutboxUnitOfWork(database)) == BatchResult(0, 3)

    _let_the_wait_pass(database)
    assert relay_batch(_Bus().publish, OutboxUnitOfWork(database)) == BatchResult(3, 0)


def test_events_that_fail_do_not_hold_up_new_ones(database: Database) -> None:
    _add(database, 20)
    relay_batch(_Bus(fails=ConnectionError()).publish, OutboxUnitOfWork(database))
    relay_batch(_Bus(fails=ConnectionError()).publish, OutboxUnitOfWork(database))
    [fresh], bus = _add(database), _Bus()

    relay_batch(bus.publish, OutboxUnitOfWork(database))

    assert bus.published == [fresh.id]


def test_the_backlog_counts_what_waits_and_how_long(database: Database) -> None:
    _add(database, 3)
    relay_batch(_Bus(*_ids(database)[:2]).publish, OutboxUnitOfWork(database))
    database.execute("UPDATE outbox SET created_at = created_at - INTERVAL 90 SECOND")

    backlog = Outbox(database).backlog()

    assert (backlog.waiting, backlog.stuck) == (2, 0)
    assert 90 <= backlog.oldest_seconds < 150


def test_an_empty_outbox_has_no_backlog(database: Database) -> None:
    backlog = Outbox(database).backlog()

    assert (backlog.waiting, backlog.oldest_seconds, backlog.stuck) == (0, 0.0, 0)


def test_an_event_is_stuck_after_five_failures(database: Database) -> None:
    _add(database, 2)
    bus, stuck = _Bus(_ids(database)[0]), list[int]()

    for _ in range(6):
        relay_batch(bus.publish, OutboxUnitOfWork(database))
        _let_the_wait_pass(database)
        stuck.append(Outbox(database).backlog().stuck)

    assert stuck == [0, 0, 0, 0, 1, 1]


def test_an_event_is_stuck_after_five_minutes_whether_it_was_tried_or_not(database: Database) -> None:
    _add(database, 3)
    for event_id, seconds in zip(_ids(database), (290, 310, 86_400), strict=True):
        database.execute(
            "UPDATE outbox SET created_at = created_at - INTERVAL %s SECOND WHERE id = %s", (seconds, event_id)
        )

    assert Outbox(database).backlog().stuck == 2


def test_what_is_published_is_stuck_no_more(database: Database) -> None:
    _add(database)
    database.execute("UPDATE outbox SET created_at = created_at - INTERVAL 1 HOUR, attempts = 7")

    relay_batch(_Bus().publish, OutboxUnitOfWork(database))

    assert Outbox(database).backlog().stuck == 0


def test_claiming_reads_only_what_waits(database: Database) -> None:
    plan = database.rows(
        "EXPLAIN FORMAT=TRADITIONAL SELECT id FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT 10"
    )

    assert plan[0]["key"] == "outbox_waiting"
    assert "filesort" not in (plan[0]["Extra"] or "")


def test_an_event_survives_a_relay_that_is_killed_after_publishing(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    [event], seen, bus = _add(database), tmp_path / "published", _Bus()
    relay = subprocess.Popen(
        [sys.executable, hanging_relay.__file__, str(seen)],
        env={**os.environ, "DATABASE_URL": database_url, "PYTHONPATH": str(_LAYER)},
    )
    try:
        while not seen.exists():
            assert relay.poll() is None
            time.sleep(0.01)
        while_it_lives = relay_batch(bus.publish, OutboxUnitOfWork(database))
    finally:
        os.kill(relay.pid, signal.SIGKILL)
        relay.wait()
    _wait_until_locks_are_free(database)

    after = relay_batch(bus.publish, OutboxUnitOfWork(database))

    assert (while_it_lives, after) == (BatchResult(0, 0), BatchResult(1, 0))
    assert seen.read_text().split() == bus.published == [event.id]


def _wait_until_locks_are_free(database: Database) -> None:
    """Until the server has noticed that the killed client is gone."""
    patience = threading.Event()
    for _ in range(500):
        database.begin()
        free = database.rows("SELECT id FROM outbox FOR UPDATE SKIP LOCKED")
        database.rollback()
        if free:
            return
        patience.wait(0.01)
