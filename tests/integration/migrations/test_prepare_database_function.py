"""The function `prepare_database`, which uses the secret of the admin."""

import json
import uuid

import pytest

from microshop.migrations.database_users import APPLICATION, MIGRATIONS
from microshop.platform import custom_resource, secrets
from microshop.platform.mysql import Database
from microshop.platform.settings import ServerAddress
from tests.integration.migrations.conftest import SignIn, shop_url
from tests.support.admin_server import ADMIN, ADMIN_PASSWORD
from tests.support.builders import an_execution
from tests.support.functions import load_function
from tools.local.events.resources import client


@pytest.fixture
def deployed(server: ServerAddress, aws_endpoint_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of the function, with the password of the admin in Secrets Manager."""
    secret = client("secretsmanager", aws_endpoint_url).create_secret(
        Name=f"admin-{uuid.uuid4()}", SecretString=json.dumps({"username": ADMIN, "password": ADMIN_PASSWORD})
    )
    environment = {
        "DATABASE_URL": shop_url(server, APPLICATION),
        "MIGRATION_DATABASE_URL": shop_url(server, MIGRATIONS),
        "DATABASE_ADMIN_SECRET_ARN": secret["ARN"],
        "AWS_ENDPOINT_URL": aws_endpoint_url,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("deployed")
def test_the_function_prepares_a_database_with_the_secret_of_the_admin(
    admin: Database, sign_in: SignIn, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.execute("DROP DATABASE IF EXISTS shop")

    answer = load_function("deployment/prepare_database").handler({}, None)

    assert answer == {"users": [APPLICATION, MIGRATIONS], "revoked": []}
    assert sign_in(APPLICATION, "shop").row("SELECT DATABASE() AS name") == {"name": "shop"}
    assert ADMIN_PASSWORD not in capsys.readouterr().out.replace("\\\\", "\\")


@pytest.mark.usefixtures("deployed", "admin")
@pytest.mark.parametrize(
    ("secret", "status", "reason"),
    [
        ({"username": ADMIN, "password": ADMIN_PASSWORD}, "SUCCESS", ""),
        ({"username": ADMIN}, "FAILED", "The admin's secret needs the fields username and password."),
    ],
)
def test_the_response_to_cloudformation_says_whether_it_succeeded(
    secret: dict[str, str], status: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[dict[str, str]] = []
    monkeypatch.setattr(custom_resource, "_send", lambda _url, body: answers.append(json.loads(body)))
    monkeypatch.setattr(secrets, "fetch", lambda _arn: secret)
    request = {"RequestType": "Create", "StackId": "s", "RequestId": "r", "LogicalResourceId": "DatabaseUsers"}

    load_function("deployment/prepare_database").handler(
        request | {"ResponseURL": "https://answers.invalid"}, an_execution(milliseconds_left=180_000)
    )

    [answer] = answers
    assert (answer["Status"], answer["PhysicalResourceId"]) == (status, "microshop-database-users")
    assert answer.get("Reason", "").startswith(reason)
