"""The schema in a deployment: migrated before other changes, and kept in a rollback."""

import shutil
from pathlib import Path

import pymysql
import pytest

from microshop.migrations import runner
from microshop.migrations.deployment import deploy
from microshop.migrations.files import MigrationRefused
from microshop.migrations.runner import migrate
from microshop.platform.mysql import Database


@pytest.fixture
def previous(tmp_path: Path) -> Path:
    """The migrations of a release."""
    folder = tmp_path / "previous"
    folder.mkdir()
    (folder / "0001_first.sql").write_text("CREATE TABLE first (id INT NOT NULL PRIMARY KEY)")
    return folder


@pytest.fixture
def release(previous: Path, tmp_path: Path) -> Path:
    """The migrations of the next release."""
    folder = shutil.copytree(previous, tmp_path / "release")
    (folder / "0002_second.sql").write_text("ALTER TABLE first ADD COLUMN name VARCHAR(20) NULL")
    return folder


def test_a_deployment_applies_the_pending_files(url: str, previous: Path, release: Path) -> None:
    assert deploy(url, previous).applied == ["0001_first.sql"]

    deployed = deploy(url, release)

    assert (deployed.applied, deployed.newer, deployed.version) == (["0002_second.sql"], [], "0002")


def test_a_deployment_without_pending_files_succeeds(url: str, release: Path) -> None:
    deploy(url, release)

    assert deploy(url, release).applied == []


def test_a_rollback_to_the_previous_release_keeps_the_newer_schema(url: str, previous: Path, release: Path) -> None:
    deploy(url, release)

    deployed = deploy(url, previous)

    assert (deployed.applied, deployed.newer, deployed.version) == ([], ["0002_second.sql"], "0001")


def test_make_migrate_refuses_a_newer_schema(url: str, previous: Path, release: Path) -> None:
    deploy(url, release)

    with pytest.raises(MigrationRefused, match="older than the schema"):
        migrate(url, previous)


def test_a_rollback_does_not_wait_for_a_running_migration(
    url: str, schema: Database, previous: Path, release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(url, previous)
    schema.execute("INSERT INTO schema_migrations (version, name, checksum) VALUES (2, '0002_second.sql', 'x')")
    runner._lock(schema)
    monkeypatch.setattr(runner, "_LOCK_WAIT_SECONDS", 0)

    assert deploy(url, previous).newer == ["0002_second.sql"]
    with pytest.raises(MigrationRefused, match="Another migration is running"):
        deploy(url, release)


def test_a_rollback_to_a_release_with_other_files_is_refused(url: str, previous: Path, release: Path) -> None:
    deploy(url, release)
    (previous / "0002_another.sql").write_text("CREATE TABLE another (id INT PRIMARY KEY)")

    with pytest.raises(MigrationRefused, match="was changed"):
        deploy(url, previous)


def test_the_error_names_the_migration_that_failed(url: str, previous: Path) -> None:
    (previous / "0002_wrong.sql").write_text("ALTER TABLE nowhere ADD COLUMN x INT")

    with pytest.raises(pymysql.err.MySQLError) as error:
        deploy(url, previous)

    assert error.value.__notes__ == ["in 0002_wrong.sql"]
