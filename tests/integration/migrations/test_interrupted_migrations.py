"""Migrations that fail or are interrupted: the next run continues, and no statement takes effect twice."""

from pathlib import Path

import pymysql
import pytest

from microshop.migrations import runner
from microshop.migrations.runner import migrate, status
from microshop.platform.mysql import Database
from tests.support.migration_files import FIRST, SECOND, THIRD, write_migrations


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_migrations(tmp_path, first=FIRST, second=SECOND)


def _columns(schema: Database) -> list[str]:
    return [row["Field"] for row in schema.rows("SHOW COLUMNS FROM first")]


def _break(monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    """Make the runner fail at one of its own statements, which leaves the same state as a kill at that moment."""
    monkeypatch.setattr(runner, statement, "this is not SQL")


def test_a_run_interrupted_before_its_record_can_be_repeated(
    url: str, folder: Path, schema: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        _break(dying, "_MARK_FINISHED")
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
def test_an_interrupted_statement_of_each_kind_can_be_repeated(
    url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    migrate(url, folder)
    write_migrations(folder, third=statement)
    with monkeypatch.context() as dying:
        _break(dying, "_MARK_FINISHED")
        with pytest.raises(pymysql.err.MySQLError):
            migrate(url, folder)

    assert migrate(url, folder) == ["0003_third.sql"]

    assert migrate(url, folder) == []


def test_an_interrupted_statement_changes_rows_once(
    url: str, folder: Path, schema: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(url, folder)
    write_migrations(folder, third="INSERT INTO first (id, name) VALUES ((SELECT COUNT(*) FROM first AS counted), 'x')")
    with monkeypatch.context() as dying:
        _break(dying, "_MARK_FINISHED")
        with pytest.raises(pymysql.err.MySQLError):
            migrate(url, folder)

    assert migrate(url, folder) == ["0003_third.sql"]

    assert schema.row("SELECT COUNT(*) AS count FROM first") == {"count": 1}


def test_a_run_interrupted_before_its_statement_can_be_repeated(url: str, folder: Path, schema: Database) -> None:
    migrate(url, folder)
    write_migrations(folder, third=THIRD)
    schema.execute("INSERT INTO schema_migrations (version, name, checksum) VALUES (3, '0003_third.sql', 'x')")

    assert migrate(url, folder) == ["0003_third.sql"]

    assert migrate(url, folder) == []


def test_a_failed_statement_stops_the_run(url: str, folder: Path, schema: Database) -> None:
    write_migrations(
        folder, third="ALTER TABLE nowhere ADD COLUMN x INT", fourth="CREATE TABLE fourth (id INT PRIMARY KEY)"
    )

    with pytest.raises(pymysql.err.MySQLError):
        migrate(url, folder)

    assert list(status(url, folder).pending) == ["0003_third.sql", "0004_fourth.sql"]
    assert schema.row("SHOW TABLES LIKE 'fourth'") is None


def test_a_failed_file_may_be_corrected(url: str, folder: Path) -> None:
    write_migrations(folder, third="ALTER TABLE nowhere ADD COLUMN x INT")
    with pytest.raises(pymysql.err.MySQLError):
        migrate(url, folder)

    (folder / "0003_third.sql").write_text(THIRD)

    assert migrate(url, folder) == ["0003_third.sql"]
    assert migrate(url, folder) == []


def test_an_existing_table_is_not_treated_as_already_migrated(url: str, folder: Path, schema: Database) -> None:
    schema.execute("CREATE TABLE first (another_column INT NOT NULL PRIMARY KEY)")

    for _ in range(2):
        with pytest.raises(pymysql.err.MySQLError):
            migrate(url, folder)

    assert list(status(url, folder).applied) == []
