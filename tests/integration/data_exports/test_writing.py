"""Writing exports: each is written once, whatever happens to an attempt."""

from __future__ import annotations

from copy import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest

from microshop.data_exports.data_export import MAX_ATTEMPTS
from microshop.data_exports.repository import DataExportRepository
from microshop.data_exports.unit_of_work import DataExportsUnitOfWork
from microshop.data_exports.writing import begin_next, finish, retry_later
from microshop.read_only import ReadOnlySwitch
from tests.support.account_owner import Owner

if TYPE_CHECKING:
    from microshop.platform.mysql import Database
    from microshop.platform.redis import Redis
    from tests.integration.conftest import Connect
    from tests.integration.data_exports.conftest import Writer

_NOW = datetime.now(UTC)
_MAKE_DUE = "UPDATE data_exports SET next_attempt_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE state = 'requested'"


@pytest.fixture
def ada(database: Database, redis: Redis) -> Owner:
    return Owner.registered(database, redis)


@pytest.fixture
def uow(database: Database) -> DataExportsUnitOfWork:
    return DataExportsUnitOfWork(database)


def test_attempt_that_is_under_way_is_not_repeated(writer: Writer, ada: Owner, uow: DataExportsUnitOfWork) -> None:
    writer.request(ada.user_id, _NOW)

    assert begin_next(uow) is not None
    assert begin_next(uow) is None


def test_two_workers_begin_different_exports(writer: Writer, ada: Owner, connect: Connect) -> None:
    bea = Owner.registered(ada.database, ada.redis, "bea")
    first, second = writer.request(ada.user_id, _NOW), writer.request(bea.user_id, _NOW)
    one, other = DataExportsUnitOfWork(connect()), DataExportsUnitOfWork(connect())

    with one:
        locked = one.exports.lock_due(datetime.now(UTC))
        begun = begin_next(other)

    assert locked is not None
    assert begun is not None
    assert {locked.id, begun.id} == {first.id, second.id}


def test_attempt_that_died_is_repeated_and_makes_the_same_object(
    writer: Writer, ada: Owner, uow: DataExportsUnitOfWork
) -> None:
    writer.request(ada.user_id, _NOW)
    died = begin_next(uow)
    writer.database.execute(_MAKE_DUE)

    assert writer.run() == {"ready": 1}

    export = writer.newest(ada.user_id)
    assert died is not None
    assert (export.attempts, export.object_key) == (2, died.object_key)
    assert len(writer.s3.list_objects_v2(Bucket=writer.bucket)["Contents"]) == 1
    assert ada.events() == ["DataExportReady"]


def test_attempt_that_was_given_up_changes_nothing(writer: Writer, ada: Owner, uow: DataExportsUnitOfWork) -> None:
    writer.request(ada.user_id, _NOW)
    slow = begin_next(uow)
    writer.database.execute(_MAKE_DUE)
    current = begin_next(uow)
    assert slow is not None
    assert current is not None

    finish(slow, uow)
    retry_later(slow, uow)

    assert (writer.newest(ada.user_id), ada.events()) == (current, [])


def test_export_is_finished_once(writer: Writer, ada: Owner, uow: DataExportsUnitOfWork) -> None:
    writer.request(ada.user_id, _NOW)
    begun = begin_next(uow)
    assert begun is not None

    finish(begun, uow)
    finish(begun, uow)

    assert ada.events() == ["DataExportReady"]


def test_export_fails_after_its_last_attempt(
    writer: Writer, ada: Owner, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EXPORT_BUCKET_NAME", "no-such-bucket")
    writer.request(ada.user_id, _NOW)

    states = []
    for _ in range(MAX_ATTEMPTS + 1):
        writer.database.execute(_MAKE_DUE)
        states.append(writer.run())

    log = capsys.readouterr().out
    assert states == [{"requested": 1}] * (MAX_ATTEMPTS - 1) + [{"failed": 1}, {}]
    assert log.count('"data_exports_failed_total":[1.0]') == 1
    assert (writer.newest(ada.user_id).state, ada.events()) == ("failed", [])


def test_export_fails_if_its_last_attempt_died(writer: Writer, ada: Owner, uow: DataExportsUnitOfWork) -> None:
    writer.request(ada.user_id, _NOW)
    for _ in range(MAX_ATTEMPTS):
        writer.database.execute(_MAKE_DUE)
        begin_next(uow)
    writer.database.execute(_MAKE_DUE)

    assert writer.run() == {"failed": 1}


def test_failed_attempt_waits_before_the_next_one(writer: Writer, ada: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPORT_BUCKET_NAME", "no-such-bucket")
    writer.request(ada.user_id, _NOW)

    assert (writer.run(), writer.run()) == ({"requested": 1}, {})


def test_export_that_cannot_be_written_blocks_no_other(
    writer: Writer, ada: Owner, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bea = Owner.registered(ada.database, ada.redis, "bea")
    writer.request(ada.user_id, _NOW - timedelta(hours=1))
    writer.request(bea.user_id, _NOW)
    refusing = Mock(side_effect=[ValueError("a message that quotes ada@example.com"), "the files"])
    monkeypatch.setattr("microshop.data_exports.contents.readme", refusing)

    assert writer.run() == {"requested": 1, "ready": 1}

    log = str([vars(record) for record in caplog.records])
    assert "'error': 'ValueError'" in log
    assert "quotes" not in log


def test_nothing_is_written_while_the_shop_is_read_only(writer: Writer, ada: Owner, redis: Redis) -> None:
    writer.request(ada.user_id, _NOW)
    ReadOnlySwitch(redis).turn_on("moving the database", "operator")

    assert writer.run() == {}


def test_ready_export_expires_and_its_row_is_deleted_later(writer: Writer, ada: Owner) -> None:
    export = writer.request(ada.user_id, _NOW)
    writer.run()
    exports = DataExportRepository(writer.database)
    ready = writer.newest(ada.user_id)
    assert ready.expires_at is not None

    assert (exports.expire(ready.expires_at, 10), exports.expire(ready.expires_at + timedelta(seconds=1), 10)) == (0, 1)
    assert writer.newest(ada.user_id) == replace(ready, state="expired")
    assert (exports.delete_older_than(export.requested_at, 10), exports.delete_older_than(_NOW + timedelta(1), 10)) == (
        0,
        1,
    )
