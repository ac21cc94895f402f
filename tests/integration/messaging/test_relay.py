"""The relay: every committed event is published, the oldest first, even if a relay dies."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from microshop.messaging import outbox
from microshop.messaging.outbox import Outbox, OutboxRow
from microshop.messaging.pace import Pace
from microshop.messaging.relaying import BatchResult, relay_batch
from microshop.messaging.unit_of_work import OutboxUnitOfWork
from microshop.platform.mysql import Database
from microshop.users.events import UserRegistered
from tests.integration.conftest import Connect
from tests.support import hanging_relay
from tests.support.buses import RecordingBus
from tests.support.outbox_events import add_events
from tests.support.threads import at_once

_LAYER = Path(__file__).parents[3] / "layers" / "shared"


def _pace(calls: int) -> Pace:
    pace = Pace()
    pace.calls = calls
    return pace


def _relay_until_empty(database: Database, bus: RecordingBus) -> None:
    uow, pace = OutboxUnitOfWork(database), _pace(2)
    while not relay_batch(bus.publish, uow, pace).empty:
        pass


def test_an_event_is_published_with_id_version_time_trace_and_data(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")
    [event] = add_events(database)
    bus = RecordingBus()

    relay_batch(bus.publish, OutboxUnitOfWork(database))

    [row] = bus.taken
    assert (row.event_id, row.type) == (event.id, "UserRegistered")
    assert row.trace_header == "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
    assert json.loads(row.detail) == {
        "id": event.id,
        "version": 1,
        "time": event.time.isoformat(),
        "trace": row.trace_header,
        "data": {"user_id": 1, "language": "en"},
    }


def test_events_are_published_in_order_and_in_batches_of_ten(database: Database) -> None:
    events, bus = add_events(database, 25), RecordingBus()

    results = [relay_batch(bus.publish, OutboxUnitOfWork(database)) for _ in range(4)]

    assert bus.event_ids == [event.id for event in events]
    assert results == [BatchResult(10, 0), BatchResult(10, 0), BatchResult(5, 0), BatchResult(0, 0)]


def test_a_published_event_is_not_published_again(database: Database) -> None:
    [event], bus = add_events(database), RecordingBus()

    results = [relay_batch(bus.publish, OutboxUnitOfWork(database)) for _ in range(2)]

    assert results == [BatchResult(1, 0), BatchResult(0, 0)]
    assert bus.event_ids == [event.id]


def test_an_event_is_not_published_before_its_transaction_commits(database: Database, connect: Connect) -> None:
    bus, other = RecordingBus(), connect()
    other.begin()
    Outbox(other).add(UserRegistered(user_id=1, language="en"))

    during = relay_batch(bus.publish, OutboxUnitOfWork(database))
    other.commit()
    after = relay_batch(bus.publish, OutboxUnitOfWork(database))

    assert (during, after) == (BatchResult(0, 0), BatchResult(1, 0))


def test_concurrent_relays_publish_every_event_once(database: Database, connect: Connect) -> None:
    events, bus, relays = add_events(database, 400), RecordingBus(), [connect() for _ in range(4)]

    outcomes = at_once(4, lambda number: _relay_until_empty(relays[number], bus))

    assert outcomes == [None] * 4
    assert sorted(bus.event_ids) == sorted(event.id for event in events)


def test_relay_publishes_the_events_of_a_failed_call_again_and_no_others(database: Database) -> None:
    events, bus = add_events(database, 45), RecordingBus()
    lost = {event.id for event in events[20:30]}

    def publish(rows: Sequence[OutboxRow]) -> list[str | None]:
        if lost & {row.event_id for row in rows}:
            raise ConnectionError("no route")
        return bus.publish(rows)

    first = relay_batch(publish, OutboxUnitOfWork(database), _pace(4))
    meanwhile = set(bus.event_ids)
    bus.take_all(database)

    assert first == BatchResult(30, 10)
    assert meanwhile == {event.id for event in events[:20] + events[30:40]}
    assert sorted(bus.event_ids) == sorted(event.id for event in events)
    assert set(bus.event_ids[30:]) == {event.id for event in events[40:]} | lost


def test_event_that_commits_late_is_in_the_next_claim(database: Database, connect: Connect) -> None:
    bus, uow, late = RecordingBus(), OutboxUnitOfWork(database), connect()
    late.begin()
    Outbox(late).add(UserRegistered(user_id=1, language="en"))
    add_events(database)

    first = relay_batch(bus.publish, uow)
    late.commit()
    second = relay_batch(bus.publish, uow)

    assert (first, second) == (BatchResult(1, 0), BatchResult(1, 0))


def test_event_that_commits_a_minute_late_is_published(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_FROM_BEGINNING_AFTER", timedelta(0))
    bus, uow = RecordingBus(), OutboxUnitOfWork(database)
    add_events(database)
    relay_batch(bus.publish, uow)
    add_events(database)
    database.execute("UPDATE outbox SET next_attempt_at = next_attempt_at - INTERVAL 1 MINUTE")

    assert relay_batch(bus.publish, uow) == BatchResult(1, 0)


def test_a_relay_skips_the_rows_of_a_relay_that_is_publishing(database: Database, connect: Connect) -> None:
    events, bus, other = add_events(database, 15), RecordingBus(), connect()

    def publish(rows: Sequence[OutboxRow]) -> list[str | None]:
        relay_batch(bus.publish, OutboxUnitOfWork(other))
        return [None] * len(rows)

    relay_batch(publish, OutboxUnitOfWork(database))

    assert bus.event_ids == [event.id for event in events[10:]]


def test_adding_an_event_does_not_wait_for_the_relay(database: Database, connect: Connect) -> None:
    add_events(database, 3)
    other, added = connect(), list[UserRegistered]()

    def publish(rows: Sequence[OutboxRow]) -> list[str | None]:
        added.extend(add_events(other))
        return [None] * len(rows)

    assert relay_batch(publish, OutboxUnitOfWork(database)) == BatchResult(3, 0)

    assert len(added) == 1


def test_only_events_in_flight_are_published_again_if_the_relay_is_killed(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    events, published, bus = add_events(database, 45), tmp_path / "published", RecordingBus()
    relay = subprocess.Popen(
        [sys.executable, hanging_relay.__file__, str(published), "3"],
        env={**os.environ, "DATABASE_URL": database_url, "PYTHONPATH": str(_LAYER)},
    )
    try:
        while not published.exists():
            assert relay.poll() is None
            time.sleep(0.01)
        meanwhile = relay_batch(bus.publish, OutboxUnitOfWork(database), _pace(4))
    finally:
        os.kill(relay.pid, signal.SIGKILL)
        relay.wait()
    _wait_until_locks_are_free(database)

    after = relay_batch(bus.publish, OutboxUnitOfWork(database), _pace(4))

    assert (meanwhile, after) == (BatchResult(15, 0), BatchResult(30, 0))
    assert sorted(published.read_text().split()) == sorted(event.id for event in events[:30])
    assert sorted(bus.event_ids) == sorted(event.id for event in events)


def _wait_until_locks_are_free(database: Database) -> None:
    """Wait until the server has noticed that the killed client is gone."""
    for _ in range(500):
        database.begin()
        free = database.rows("SELECT id FROM outbox WHERE published_at IS NULL FOR UPDATE SKIP LOCKED")
        database.rollback()
        if free:
            return
        time.sleep(0.01)
