"""The function `migrate`, as CloudFormation invokes it in a deployment."""

import functools
import json
from pathlib import Path
from typing import Any

import pytest

from microshop.migrations.deployment import deploy
from microshop.migrations.files import FOLDER, read_migrations
from microshop.migrations.runner import migrate
from microshop.platform import custom_resource
from microshop.platform.mysql import Database
from tests.support.builders import an_execution
from tests.support.functions import load_function
from tests.support.migration_files import FIRST, SECOND, write_migrations
from tests.support.output import Output, send_logs_to_captured_output


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The responses to CloudFormation."""
    sent: list[dict[str, Any]] = []

    def put(_url: str, body: bytes) -> int:
        sent.append(json.loads(body))
        return 200

    monkeypatch.setattr(custom_resource, "_put", put)
    return sent


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Output:
    send_logs_to_captured_output(monkeypatch)
    return Output(capsys)


def _run_function(url: str, monkeypatch: pytest.MonkeyPatch, *, folder: Path = FOLDER, seconds: float = 900) -> None:
    monkeypatch.setenv("MIGRATION_DATABASE_URL", url)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("CURRENCY", "USD")
    function = load_function("deployment/migrate")
    monkeypatch.setattr(function, "deploy", functools.partial(deploy, folder=folder))
    # Some tests' migrations create neither products nor roles.
    for name in ("_check_products", "_adopt_admins"):
        monkeypatch.setattr(function, name, lambda: None)
    event = {
        "RequestType": "Update",
        "ResponseURL": "https://answers.invalid/one?Signature=x",
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Migration",
        "PhysicalResourceId": "microshop-schema",
    }
    function.handler(event, an_execution(milliseconds_left=int(seconds * 1000)))


def test_the_response_to_cloudformation_has_the_schema_version(
    url: str, answers: list[dict[str, Any]], output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run_function(url, monkeypatch)

    version = f"{len(read_migrations()):04}"
    assert [(each["Status"], each["Data"]) for each in answers] == [("SUCCESS", {"SchemaVersion": version})]


def test_a_rollback_succeeds_and_logs_that_the_schema_is_newer(
    url: str,
    schema: Database,
    answers: list[dict[str, Any]],
    output: Output,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    migrate(url)
    schema.execute("INSERT INTO schema_migrations VALUES (9000, '9000_future.sql', 'x', UTC_TIMESTAMP(6))")

    _run_function(url, monkeypatch)

    assert [each["Status"] for each in answers] == ["SUCCESS"]
    [warning] = [line for line in output.logs if line["level"] == "WARNING"]
    assert (warning["message"], warning["newer"]) == ("the schema is newer than this release", ["9000_future.sql"])


def test_an_unknown_time_zone_fails_the_deployment(
    url: str, answers: list[dict[str, Any]], output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TIME_ZONE", "Europe/Berlim")

    _run_function(url, monkeypatch)

    [answer] = answers
    assert answer["Status"] == "FAILED"
    assert "ShopTimeZone=Europe/Berlim is not in the IANA time zone database" in answer["Reason"]


def test_a_failed_migration_fails_the_deployment_with_its_reason(
    url: str,
    schema: Database,
    answers: list[dict[str, Any]],
    output: Output,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    schema.execute("CREATE TABLE users (another_column INT)")

    _run_function(url, monkeypatch)

    [answer] = answers
    assert answer["Status"] == "FAILED"
    assert "1050 in 0001_create_users.sql" in answer["Reason"]


def test_a_statement_that_timed_out_runs_again_in_the_next_deployment(
    url: str,
    schema: Database,
    tmp_path: Path,
    answers: list[dict[str, Any]],
    output: Output,
    *,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = write_migrations(tmp_path, first=FIRST)
    deploy(url, folder)
    write_migrations(folder, second=SECOND)
    schema.begin()
    schema.rows("SELECT id FROM first")  # an open transaction blocks changes of the table

    _run_function(url, monkeypatch, folder=folder, seconds=custom_resource._SECONDS_TO_RESPOND + 0.5)
    schema.rollback()
    _run_function(url, monkeypatch, folder=folder)

    assert [each["Status"] for each in answers] == ["FAILED", "SUCCESS"]
    assert answers[-1]["Data"] == {"SchemaVersion": "0002"}
    assert [row["Field"] for row in schema.rows("SHOW COLUMNS FROM first")] == ["id", "name"]
