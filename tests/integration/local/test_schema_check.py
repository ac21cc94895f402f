"""`make run` refuses a data folder or database of other code or of another user."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from microshop.migrations.runner import migrate
from tests.support.servers import FreshDatabase, ServerUrls
from tools.local.data_folder import explain_file_errors
from tools.local.schema_check import check_schema
from tools.problems import LocalProblem

_FIRST, _SECOND = "CREATE TABLE a (id INT PRIMARY KEY);\n", "CREATE TABLE b (id INT PRIMARY KEY);\n"


@pytest.fixture
def url(server_urls: ServerUrls) -> Iterator[str]:
    """The URL of an empty database, for the user of the migrations."""
    with FreshDatabase(server_urls, purpose="other_code") as database:
        yield database.migrations


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two migrations."""
    (tmp_path / "0001_a.sql").write_text(_FIRST)
    (tmp_path / "0002_b.sql").write_text(_SECOND)
    return tmp_path


@pytest.fixture(autouse=True)
def _no_given_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MICROSHOP_DATABASE_URL", raising=False)


def test_an_empty_or_older_database_is_accepted(url: str, folder: Path) -> None:
    check_schema(url, folder)
    (folder / "0002_b.sql").unlink()
    migrate(url, folder)
    (folder / "0002_b.sql").write_text(_SECOND)

    check_schema(url, folder)


def test_newer_data_is_refused_with_two_remedies(url: str, folder: Path) -> None:
    migrate(url, folder)
    (folder / "0002_b.sql").unlink()

    with pytest.raises(LocalProblem) as refused:
        check_schema(url, folder)

    assert str(refused.value) == (
        "The local data was created by newer code, which has the migration 0002_b.sql: check out the newer code, or"
        " delete the local data with `make reset`"
    )


def test_a_changed_migration_is_refused_with_two_remedies(url: str, folder: Path) -> None:
    migrate(url, folder)
    (folder / "0001_a.sql").write_text("CREATE TABLE a (id BIGINT PRIMARY KEY);\n")

    with pytest.raises(LocalProblem) as refused:
        check_schema(url, folder)

    assert str(refused.value) == (
        "The local data was created with another version of 0001_a.sql: check out the code that created it, or"
        " delete the local data with `make reset`"
    )


def test_a_reset_is_not_suggested_for_a_given_database(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(url, folder)
    (folder / "0002_b.sql").unlink()
    monkeypatch.setenv("MICROSHOP_DATABASE_URL", url)

    with pytest.raises(LocalProblem, match="The database of MICROSHOP_DATABASE_URL was created by newer") as refused:
        check_schema(url, folder)

    assert str(refused.value).endswith("check out the newer code, or use an empty database")


def test_a_wrongly_named_migration_suggests_no_reset(url: str, folder: Path) -> None:
    (folder / "0004_d.sql").write_text(_FIRST)

    with pytest.raises(LocalProblem, match="numbered 0001, 0002, … without a gap") as refused:
        check_schema(url, folder)

    assert "reset" not in str(refused.value)


def test_data_of_another_user_is_refused_with_two_remedies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mysql").mkdir()
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)

    with pytest.raises(LocalProblem, match="as after `sudo make run`") as refused, explain_file_errors(tmp_path):
        pass

    assert f"`sudo rm -r {tmp_path}`" in str(refused.value)
    assert "`sudo chown -R " in str(refused.value)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(28, "No space left on device", "/elsewhere"), r"The disk of .* is full: make room"),
        (PermissionError(13, "Permission denied", "FOLDER/run"), r"/run cannot be written \(Permission denied\)"),
        (OSError(30, "Read-only file system", "FOLDER"), r"cannot be written \(Read-only file system\)"),
    ],
)
def test_an_unwritable_data_folder_is_reported(tmp_path: Path, error: OSError, message: str) -> None:
    error.filename = error.filename.replace("FOLDER", str(tmp_path))

    with pytest.raises(LocalProblem, match=message), explain_file_errors(tmp_path):
        raise error


def test_other_errors_are_not_converted(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), explain_file_errors(tmp_path):
        raise FileNotFoundError(2, "No such file or directory", str(tmp_path / "missing"))
