"""The schema in a deployment: up to date before anything else changes, and left alone when a deployment goes back."""

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pymysql
import pytest

from microshop.migrations import runner
from microshop.migrations.deployment import deploy
from microshop.migrations.files import FOLDER, MigrationRefused, read_migrations
from microshop.migrations.runner import migrate
from microshop.platform import custom_resource
from microshop.platform.mysql import Database
from microshop.platform.settings import database_address
from tests.support.functions import load_function
from tests.support.output import Output, send_logs_to_captured_output
from tests.support.servers import FreshDatabase, ServerUrls


@pytest.fixture
def url(server_urls: ServerUrls) -> Iterator[str]:
    """An empty database."""
    with FreshDatabase(server_urls, purpose="deployments") as fresh:
        yield fresh.migrations


@pytest.fixture
def schema(url: str) -> Iterator[Database]:
    """A connection to look at it."""
    with closing(Database(database_address(url))) as connection:
        yield connection


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """The files of a release."""
    folder = tmp_path / "before"
    folder.mkdir()
    (folder / "0001_first.sql").write_text("CREATE TABLE first (id INT NOT NULL PRIMARY KEY)")
    return folder


@pytest.fixture
def after(before: Path, tmp_path: Path) -> Path:
    """The files of the release that follows."""
    folder = shutil.copytree(before, tmp_path / "after")
    (folder / "0002_second.sql").write_text("ALTER TABLE first ADD COLUMN name VARCHAR(20) NULL")
    return folder


def test_a_deployment_applies_what_waits(url: str, before: Path, after: Path) -> None:
    assert deploy(url, before).applied == ["0001_first.sql"]

    deployed = deploy(url, after)

    assert (deployed.applied, deployed.newer, deployed.version) == (["0002_second.sql"], [], "0002")


def test_a_deployment_with_nothing_to_do_succeeds(url: str, after: Path) -> None:
    deploy(url, after)

    assert deploy(url, after).applied == []


def test_the_release_before_is_let_back_onto_a_newer_schema(url: str, before: Path, after: Path) -> None:
    deploy(url, after)

    deployed = deploy(url, before)

    assert (deployed.applied, deployed.newer, deployed.version) == ([], ["0002_second.sql"], "0001")


def test_an_operator_is_not_let_back(url: str, before: Path, after: Path) -> None:
    deploy(url, after)

    with pytest.raises(MigrationRefused, match="older than the schema"):
        migrate(url, before)


def test_going_back_does_not_wait_for_a_migration_that_is_still_at_it(
    url: str, schema: Database, before: Path, after: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(url, before)
    schema.execute("INSERT INTO schema_migrations (version, name, checksum) VALUES (2, '0002_second.sql', 'x')")
    runner._lock(schema)
    monkeypatch.setattr(runner, "_LOCK_WAIT_SECONDS", 0)

    assert deploy(url, before).newer == ["0002_second.sql"]
    with pytest.raises(MigrationRefused, match="Another migration is running"):
        deploy(url, after)


def test_going_back_to_a_release_that_lacks_files_is_refused(url: str, before: Path, after: Path) -> None:
    deploy(url, after)
    (before / "0002_another.sql").write_text("CREATE TABLE another (id INT PRIMARY KEY)")

    with pytest.raises(MigrationRefused, match="was changed"):
        deploy(url, before)


def test_a_migration_that_is_refused_is_named(url: str, before: Path) -> None:
    (before / "0002_wrong.sql").write_text("ALTER TABLE nowhere ADD COLUMN x INT")

    with pytest.raises(pymysql.err.MySQLError) as error:
        deploy(url, before)

    assert error.value.__notes__ == ["in 0002_wrong.sql"]


# ---- the function as CloudFormation asks it


class _Context:
    """What is left of the function's time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds * 1000)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What CloudFormation is answered."""
    given: list[dict[str, Any]] = []

    def put(_url: str, body: bytes) -> int:
        given.append(json.loads(body))
        return 200

    monkeypatch.setattr(custom_resource, "_put", put)
    return given


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Output:
    send_logs_to_captured_output(monkeypatch)
    return Output(capsys)


def _ask(url: str, monkeypatch: pytest.MonkeyPatch, *, folder: Path = FOLDER, seconds: float = 900) -> None:
    monkeypatch.setenv("MIGRATION_DATABASE_URL", url)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("CURRENCY", "USD")
    function = load_function("deployment/migrate")
    monkeypatch.setattr(function, "deploy", lambda url: deploy(url, folder))
    monkeypatch.setattr(function, "_check_products", lambda: None)  # not every folder here makes products
    event = {
        "RequestType": "Update",
        "ResponseURL": "https://answers.invalid/one?Signature=x",
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Migration",
        "PhysicalResourceId": "microshop-schema",
    }
    function.handler(event, _Context(seconds))


def test_cloudformation_is_told_the_schemas_version(
    url: str, answers: list[dict[str, Any]], output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ask(url, monkeypatch)

    version = f"{len(read_migrations()):04}"
    assert [(each["Status"], each["Data"]) for each in answers] == [("SUCCESS", {"SchemaVersion": version})]


def test_a_rollback_succeeds_and_the_log_says_what_that_means(
    url: str,
    schema: Database,
    answers: list[dict[str, Any]],
    output: Output,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    migrate(url)
    schema.execute("INSERT INTO schema_migrations VALUES (9000, '9000_future.sql', 'x', UTC_TIMESTAMP(6))")

    _ask(url, monkeypatch)

    assert [each["Status"] for each in answers] == ["SUCCESS"]
    [warning] = [line for line in output.logs if line["level"] == "WARNING"]
    assert (warning["message"], warning["newer"]) == ("the schema is newer than this release", ["9000_future.sql"])


def test_an_unknown_time_zone_fails_the_deployment_with_its_name(
    url: str, answers: list[dict[str, Any]], output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TIME_ZONE", "Europe/Berlim")

    _ask(url, monkeypatch)

    [answer] = answers
    assert answer["Status"] == "FAILED"
    assert "ShopTimeZone=Europe/Berlim is not in the IANA time zone database" in answer["Reason"]


def test_a_failed_migration_fails_the_deployment_with_its_file_and_number(
    url: str,
    schema: Database,
    answers: list[dict[str, Any]],
    output: Output,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    schema.execute("CREATE TABLE users (something_else INT)")

    _ask(url, monkeypatch)

    [answer] = answers
    assert answer["Status"] == "FAILED"
    assert "1050 in 0001_create_users.sql" in answer["Reason"]


def test_a_statement_that_outlasts_the_function_is_told_and_the_next_deployment_goes_on_with_it(
    url: str,
    schema: Database,
    after: Path,
    answers: list[dict[str, Any]],
    output: Output,
    *,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deploy(url, after.parent / "before")
    schema.begin()
    schema.rows("SELECT id FROM first")  # nobody changes a table while a transaction is at it

    _ask(url, monkeypatch, folder=after, seconds=custom_resource._SECONDS_TO_RESPOND + 0.5)
    schema.rollback()
    _ask(url, monkeypatch, folder=after)

    assert [each["Status"] for each in answers] == ["FAILED", "SUCCESS"]
    assert answers[-1]["Data"] == {"SchemaVersion": "0002"}
    assert [row["Field"] for row in schema.rows("SHOW COLUMNS FROM first")] == ["id", "name"]
