"""The migrations runner: it applies each file once, in order, and refuses changed files."""

import threading
from pathlib import Path

import pytest

from microshop.errors import Unavailable
from microshop.migrations import runner
from microshop.migrations.files import MigrationRefused, read_migrations
from microshop.migrations.runner import migrate, status
from microshop.platform.mysql import Database
from tests.support.migration_files import FIRST, SECOND, THIRD, write_migrations
from tests.support.threads import at_once


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_migrations(tmp_path, first=FIRST, second=SECOND)


def _columns(schema: Database) -> list[str]:
    return [row["Field"] for row in schema.rows("SHOW COLUMNS FROM first")]


def test_files_are_applied_in_order(url: str, folder: Path, schema: Database) -> None:
    assert migrate(url, folder) == ["0001_first.sql", "0002_second.sql"]

    assert _columns(schema) == ["id", "name"]


def test_a_second_run_does_nothing(url: str, folder: Path) -> None:
    migrate(url, folder)

    assert migrate(url, folder) == []


def test_only_new_files_are_applied(url: str, folder: Path) -> None:
    migrate(url, folder)
    write_migrations(folder, third=THIRD)

    assert migrate(url, folder) == ["0003_third.sql"]


def test_applied_files_are_recorded_with_their_time(url: str, folder: Path, schema: Database) -> None:
    migrate(url, folder)

    rows = schema.rows("SELECT version, name, finished_at IS NOT NULL AS finished FROM schema_migrations")
    assert rows == [
        {"version": 1, "name": "0001_first.sql", "finished": 1},
        {"version": 2, "name": "0002_second.sql", "finished": 1},
    ]


def test_an_applied_file_that_was_changed_is_refused(url: str, folder: Path) -> None:
    migrate(url, folder)
    (folder / "0001_first.sql").write_text(FIRST + "-- one more comment")

    for use in (migrate, status):
        with pytest.raises(MigrationRefused, match=r"0001_first\.sql was changed"):
            use(url, folder)


def test_a_database_newer_than_the_release_is_refused(url: str, folder: Path) -> None:
    migrate(url, folder)
    (folder / "0002_second.sql").unlink()

    with pytest.raises(MigrationRefused, match=r"has 0002_second\.sql, which this release does not"):
        migrate(url, folder)


def test_concurrent_runners_apply_each_file_once(url: str, folder: Path, schema: Database) -> None:
    write_migrations(
        folder,
        third="CREATE TABLE log (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY)",
        fourth="INSERT INTO log VALUES ()",
    )

    outcomes = at_once(4, lambda _: migrate(url, folder))

    applied = [name for outcome in outcomes if isinstance(outcome, list) for name in outcome]
    assert sorted(applied) == ["0001_first.sql", "0002_second.sql", "0003_third.sql", "0004_fourth.sql"]
    assert schema.row("SELECT COUNT(*) AS count FROM log") == {"count": 1}


def test_a_runner_gives_up_if_another_runs_for_too_long(
    url: str, folder: Path, schema: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner._lock(schema)
    monkeypatch.setattr(runner, "_LOCK_WAIT_SECONDS", 0)

    with pytest.raises(MigrationRefused, match="Another migration is running"):
        migrate(url, folder)


def test_runners_of_two_databases_run_at_the_same_time(
    url: str, folder: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner._lock(database)
    # The server frees the lock of a closed connection a moment later: the previous test may still hold its lock.
    monkeypatch.setattr(runner, "_LOCK_WAIT_SECONDS", 10)

    assert migrate(url, folder)


def test_the_lock_is_released_after_the_run(
    url: str, folder: Path, schema: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_LOCK_WAIT_SECONDS", 5)
    migrate(url, folder)

    thread = threading.Thread(target=runner._lock, args=(schema,))
    thread.start()
    thread.join()

    assert schema.row("SELECT 1 AS one") == {"one": 1}


def test_the_status_lists_applied_and_pending_files_without_changes(url: str, folder: Path) -> None:
    migrate(url, folder)
    write_migrations(folder, third=THIRD)

    found = [status(url, folder) for _ in range(2)]

    assert found[0] == found[1]
    assert list(found[0].applied) == ["0001_first.sql", "0002_second.sql"]
    assert list(found[0].pending) == ["0003_third.sql"]


def test_a_percent_sign_in_a_file_is_kept(url: str, tmp_path: Path, schema: Database) -> None:
    folder = write_migrations(
        tmp_path, first="CREATE TABLE first (a VARCHAR(9) NOT NULL DEFAULT '%s 100%') COMMENT '%(x)s'"
    )

    migrate(url, folder)

    assert schema.row("SHOW COLUMNS FROM first") is not None


def test_an_unreachable_database_is_unavailable(folder: Path) -> None:
    with pytest.raises(Unavailable):
        migrate("mysql://nobody@127.0.0.1:1/nowhere", folder)


def test_the_migrations_of_the_shop_can_be_applied(url: str) -> None:
    applied = migrate(url)

    assert applied == [migration.name for migration in read_migrations()]
    assert migrate(url) == []
