"""The migrations runner, on an empty database of its own."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest

from microshop.errors import Unavailable
from microshop.migrations import runner
from microshop.migrations.files import MigrationRefused, read_migrations
from microshop.migrations.runner import migrate, status
from microshop.platform import settings
from microshop.platform.mysql import Database
from tests.support.servers import FreshDatabase, ServerUrls
from tests.support.threads import at_once

_FIRST = "-- Why it is there; even so.\nCREATE TABLE first (id INT NOT NULL PRIMARY KEY)\n"
_SECOND = "ALTER TABLE first ADD COLUMN name VARCHAR(20) NOT NULL;\n"
_THIRD = "CREATE INDEX first_name ON first (name)\n"


def _open(url: str) -> Database:
    return Database(settings.database_address(url))


@pytest.fixture
def url(server_urls: ServerUrls) -> Iterator[str]:
    """An empty database."""
    with FreshDatabase(server_urls, purpose="migrations") as fresh:
        yield fresh.migrations


@pytest.fixture
def schema(url: str) -> Iterator[Database]:
    """A connection to look at it."""
    connection = _open(url)
    yield connection
    connection.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return _write(tmp_path, first=_FIRST, second=_SECOND)


def _write(folder: Path, **statements: str) -> Path:
    start = len(list(folder.glob("*.sql"))) + 1
    for number, (name, statement) in enumerate(statements.items(), start):
        (folder / f"{number:04}_{name}.sql").write_text(statement)
    return folder


def _columns(schema: Database) -> list[str]:
    return [row["Field"] for row in schema.rows("SHOW COLUMNS FROM first")]


def _break(monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    """Have the runner fail at one of its own statements: what is left is what a kill at that moment leaves."""
    monkeypatch.setattr(runner, statement, "this is no SQL")


def test_files_are_applied_in_order(url: str, folder: Path, schema: Database) -> None:
    assert migrate(url, folder) == ["0001_first.sql", "0002_second.sql"]

    assert _columns(schema) == ["id", "name"]


def test_a_second_run_does_nothing(url: str, folder: Path) -> None:
    migrate(url, folder)

    assert migrate(url, folder) == []


def test_only_what_is_new_is_applied(url: str, folder: Path) -> None:
    migrate(url, folder)
    _write(folder, third=_THIRD)

    assert migrate(url, folder) == ["0003_third.sql"]


def test_what_is_applied_is_on_record_with_its_time(url: str, folder: Path, schema: Database) -> None:
    migrate(url, folder)

    rows = schema.rows("SELECT version, name, finished_at IS NOT NULL AS finished FROM schema_migrations")
    assert rows == [
        {"version": 1, "name": "0001_first.sql", "finished": 1},
        {"version": 2, "name": "0002_second.sql", "finished": 1},
    ]


def test_a_file_that_was_changed_after_it_was_applied_is_refused(url: str, folder: Path) -> None:
    migrate(url, folder)
    (folder / "0001_first.sql").write_text(_FIRST + "-- a word more")

    for look in (migrate, status):
        with pytest.raises(MigrationRefused, match=r"0001_first\.sql was changed"):
            look(url, folder)


def test_a_database_newer_than_the_release_is_refused(url: str, folder: Path) -> None:
    migrate(url, folder)
    (folder / "0002_second.sql").unlink()

    with pytest.raises(MigrationRefused, match=r"has 0002_second\.sql, which this release does not"):
        migrate(url, folder)


@pytest.mark.parametrize("name", ["0002_b.sql", "0003_c.sql"])
def test_a_gap_in_the_numbers_is_refused(tmp_path: Path, name: str) -> None:
    for file in ("0001_a.sql", "0002_b.sql", "0003_c.sql", "0004_d.sql"):
        (tmp_path / file).write_text(_FIRST)
    (tmp_path / name).unlink()

    with pytest.raises(MigrationRefused, match="without a gap"):
        read_migrations(tmp_path)


def test_a_number_that_is_taken_twice_is_refused(folder: Path) -> None:
    (folder / "0002_another.sql").write_text(_SECOND)

    with pytest.raises(MigrationRefused, match="renumber them"):
        read_migrations(folder)


@pytest.mark.parametrize("name", ["3_third.sql", "0003.sql", "0003-third.sql", "0003_Third.sql", "third.sql"])
def test_a_file_with_another_kind_of_name_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_text(_THIRD)

    with pytest.raises(MigrationRefused, match="NNNN_words"):
        read_migrations(folder)


def test_a_run_that_died_after_the_statement_and_before_its_record_resumes(
    url: str, folder: Path, schema: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        _break(dying, "_FINISH")
        with pytest.raises(pymysql.err.MySQLError):
            migrate(url, folder)

    assert migrate(url, folder) == ["0001_first.sql", "0002_second.sql"]

    assert _columns(schema) == ["id", "name"]


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE first ADD COLUMN extra INT NULL",
        "ALTER TABLE first DROP COLUMN name",
        "CREATE INDEX first_name ON first (name)",
        "DROP TABLE first",
    ],
)
def test_every_usual_kind_of_statement_resumes(
    url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    migrate(url, folder)
    _write(folder, third=statement)
    with monkeypatch.context() as dying:
        _break(dying, "_FINISH")
        with pytest.raises(pymysql.err.MySQLError):
            migrate(url, folder)

    assert migrate(url, folder) == ["0003_third.sql"]

    assert migrate(url, folder) == []


def test_a_statement_that_changes_rows_and_died_before_its_record_changes_them_once(
    url: str, folder: Path, schema: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(url, folder)
    _write(folder, third="INSERT INTO first (id, name) VALUES ((SELECT COUNT(*) FROM first AS counted), 'x')")
    with monkeypatch.context() as dying:
        _break(dying, "_FINISH")
        with pytest.raises(pymysql.err.MySQLError):
            migrate(url, folder)

    assert migrate(url, folder) == ["0003_third.sql"]

    assert schema.row("SELECT COUNT(*) AS count FROM first") == {"count": 1}


def test_a_run_that_died_before_the_statement_resumes(url: str, folder: Path, schema: Database) -> None:
    migrate(url, folder)
    _write(folder, third=_THIRD)
    schema.execute("INSERT INTO schema_migrations (version, name, checksum) VALUES (3, '0003_third.sql', 'x')")

    assert migrate(url, folder) == ["0003_third.sql"]

    assert migrate(url, folder) == []


def test_a_statement_that_fails_stops_the_run_there(url: str, folder: Path, schema: Database) -> None:
    _write(folder, third="ALTER TABLE nowhere ADD COLUMN x INT", fourth="CREATE TABLE fourth (id INT PRIMARY KEY)")

    with pytest.raises(pymysql.err.MySQLError):
        migrate(url, folder)

    assert list(status(url, folder).pending) == ["0003_third.sql", "0004_fourth.sql"]
    assert schema.row("SHOW TABLES LIKE 'fourth'") is None


def test_a_file_that_failed_may_be_corrected(url: str, folder: Path) -> None:
    _write(folder, third="ALTER TABLE nowhere ADD COLUMN x INT")
    with pytest.raises(pymysql.err.MySQLError):
        migrate(url, folder)

    (folder / "0003_third.sql").write_text(_THIRD)

    assert migrate(url, folder) == ["0003_third.sql"]
    assert migrate(url, folder) == []


def test_a_table_that_somebody_else_made_is_never_taken_for_our_own(url: str, folder: Path, schema: Database) -> None:
    schema.execute("CREATE TABLE first (something_else INT NOT NULL PRIMARY KEY)")

    for _ in range(2):
        with pytest.raises(pymysql.err.MySQLError):
            migrate(url, folder)

    assert list(status(url, folder).applied) == []


def test_two_runners_at_once_apply_each_file_once(url: str, folder: Path, schema: Database) -> None:
    _write(
        folder,
        third="CREATE TABLE log (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY)",
        fourth="INSERT INTO log VALUES ()",
    )

    outcomes = at_once(4, lambda _: migrate(url, folder))

    applied = [name for outcome in outcomes if isinstance(outcome, list) for name in outcome]
    assert sorted(applied) == ["0001_first.sql", "0002_second.sql", "0003_third.sql", "0004_fourth.sql"]
    assert schema.row("SELECT COUNT(*) AS count FROM log") == {"count": 1}


def test_a_runner_that_waits_too_long_for_another_gives_up(
    url: str, folder: Path, schema: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner._lock(schema)
    monkeypatch.setattr(runner, "_LOCK_WAIT_SECONDS", 0)

    with pytest.raises(MigrationRefused, match="Another migration is running"):
        migrate(url, folder)


def test_runners_of_two_databases_do_not_wait_for_each_other(
    url: str, folder: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner._lock(database)
    # The server frees a closed connection's lock a moment later, so the lock of the test before may still be held.
    monkeypatch.setattr(runner, "_LOCK_WAIT_SECONDS", 10)

    assert migrate(url, folder)


def test_the_lock_ends_with_the_run(url: str, folder: Path, schema: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_LOCK_WAIT_SECONDS", 5)
    migrate(url, folder)

    thread = threading.Thread(target=runner._lock, args=(schema,))
    thread.start()
    thread.join()

    assert schema.row("SELECT 1 AS one") == {"one": 1}


def test_a_status_says_what_is_applied_and_what_waits_and_changes_nothing(url: str, folder: Path) -> None:
    migrate(url, folder)
    _write(folder, third=_THIRD)

    found = [status(url, folder) for _ in range(2)]

    assert found[0] == found[1]
    assert list(found[0].applied) == ["0001_first.sql", "0002_second.sql"]
    assert list(found[0].pending) == ["0003_third.sql"]


def test_a_percent_sign_in_a_file_is_only_that(url: str, tmp_path: Path, schema: Database) -> None:
    folder = _write(tmp_path, first="CREATE TABLE first (a VARCHAR(9) NOT NULL DEFAULT '%s 100%') COMMENT '%(x)s'")

    migrate(url, folder)

    assert schema.row("SHOW COLUMNS FROM first") is not None


def test_a_database_that_does_not_answer_is_unavailable(folder: Path) -> None:
    with pytest.raises(Unavailable):
        migrate("mysql://nobody@127.0.0.1:1/nowhere", folder)


def test_the_shops_own_files_apply(url: str) -> None:
    applied = migrate(url)

    assert applied == [migration.name for migration in read_migrations()]
    assert migrate(url) == []
