"""The database's two users on a real server: what each may do, and that a deployment holds them to it."""

import contextlib
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pymysql
import pytest

from microshop.errors import Unavailable
from microshop.migrations import database_users
from microshop.migrations.database_users import APPLICATION, BY_IAM, MIGRATIONS, UserRefused, by_password, prepare
from microshop.migrations.runner import migrate
from microshop.platform import custom_resource, secrets
from microshop.platform.mysql import Database
from microshop.platform.settings import ServerAddress
from tests.support.admin_server import ADMIN, ADMIN_PASSWORD, server_with_admin
from tests.support.functions import load_function
from tests.support.servers import ServerUrls
from tools.local.events.resources import client

_PASSWORDS = {APPLICATION: "a'p\\p%s", MIGRATIONS: "migrations"}
_IDENTIFIED = {user: by_password(password) for user, password in _PASSWORDS.items()}

type SignIn = Callable[..., Database]


@pytest.fixture(scope="module")
def server(server_urls: ServerUrls) -> Iterator[ServerAddress]:
    with server_with_admin(like=server_urls.database) as address:
        yield address


@pytest.fixture
def sign_in(server: ServerAddress) -> Iterator[SignIn]:
    """Signs in to the shop's database as one of its users, or to none as the admin."""
    with contextlib.ExitStack() as open_ones:

        def connect(user: str = ADMIN, database: str = "") -> Database:
            password = _PASSWORDS.get(user, ADMIN_PASSWORD)
            made = Database(replace(server, user=user, password=password, name=database))
            open_ones.callback(made.close)
            return made

        yield connect


@pytest.fixture
def admin(sign_in: SignIn) -> Database:
    """The admin of a server without the shop's users; a test before may have left the tables."""
    connection = sign_in()
    connection.execute(f"DROP USER IF EXISTS '{APPLICATION}'@'%', '{MIGRATIONS}'@'%'")
    return connection


def _url(server: ServerAddress, user: str, password: str) -> str:
    return f"mysql://{user}:{password}@{server.host}:{server.port}/shop"


def _refused(connection: Database, statement: str) -> int:
    """The number that the server refuses the statement with."""
    with pytest.raises((Unavailable, pymysql.err.MySQLError)) as refused:
        connection.execute(statement)
    error = refused.value.__cause__ if isinstance(refused.value, Unavailable) else refused.value
    assert isinstance(error, pymysql.err.MySQLError)
    return int(error.args[0])


def _shop(admin: Database, server: ServerAddress) -> None:
    prepare(admin, "shop", _IDENTIFIED)
    migrate(_url(server, MIGRATIONS, "migrations"))


def test_migrations_run_as_their_user(admin: Database, server: ServerAddress, sign_in: SignIn) -> None:
    _shop(admin, server)

    assert sign_in(APPLICATION, "shop").row("SELECT COUNT(*) AS count FROM users") == {"count": 0}


def test_the_application_works_with_rows(admin: Database, server: ServerAddress, sign_in: SignIn) -> None:
    _shop(admin, server)
    application = sign_in(APPLICATION, "shop")

    application.execute("INSERT INTO inbox (consumer, event_id, claimed_until) VALUES ('x', 'y', UTC_TIMESTAMP(6))")
    application.execute("UPDATE inbox SET event_id = 'z'")

    assert application.rows("SELECT event_id FROM inbox") == [{"event_id": "z"}]
    assert application.execute("DELETE FROM inbox") == 1


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE another (id INT PRIMARY KEY)",
        "CREATE TEMPORARY TABLE another (id INT PRIMARY KEY)",
        "CREATE VIEW another AS SELECT id FROM users",
        "CREATE INDEX another ON users (id)",
        "CREATE DATABASE shop_2",
        "ALTER TABLE users ADD COLUMN another INT",
        "DROP TABLE users",
        "DROP DATABASE shop",
        "TRUNCATE TABLE users",
        "RENAME TABLE users TO another",
        "GRANT SELECT ON shop.* TO 'microshop_migrations'@'%'",
        "CREATE USER 'another'@'%'",
        "LOCK TABLES users WRITE",
        "SELECT * FROM mysql.user",
    ],
)
def test_the_application_may_do_nothing_else(
    admin: Database, server: ServerAddress, sign_in: SignIn, statement: str
) -> None:
    _shop(admin, server)

    # Access denied to a database, to a command on a table, or for want of a privilege.
    assert _refused(sign_in(APPLICATION, "shop"), statement) in {1044, 1142, 1227, 1410}


@pytest.mark.parametrize(
    "statement",
    [
        "GRANT SELECT ON shop.* TO 'microshop_app'@'%'",
        "CREATE USER 'another'@'%'",
        "CREATE DATABASE shop_2",
        "CREATE TRIGGER another BEFORE INSERT ON users FOR EACH ROW SET @x = 1",
        "SELECT * FROM mysql.user",
    ],
)
def test_migrations_change_the_shops_tables_and_nothing_else(admin: Database, sign_in: SignIn, statement: str) -> None:
    prepare(admin, "shop", _IDENTIFIED)

    assert _refused(sign_in(MIGRATIONS, "shop"), statement) in {1044, 1142, 1227, 1410}


def test_to_prepare_again_changes_nothing(admin: Database, server: ServerAddress, sign_in: SignIn) -> None:
    _shop(admin, server)
    before = _grants(admin)

    assert prepare(admin, "shop", _IDENTIFIED) == []

    assert _grants(admin) == before
    assert sign_in(APPLICATION, "shop").row("SELECT COUNT(*) AS count FROM users") == {"count": 0}


@pytest.mark.parametrize(
    ("given", "taken_back"),
    [
        ("ALTER, DROP ON shop.*", ["ALTER ON `shop`.*", "DROP ON `shop`.*"]),
        ("CREATE ON *.*", ["CREATE ON *.*"]),
        ("SELECT ON mysql.*", ["SELECT ON `mysql`.*"]),
        ("DROP ON shop.users", ["DROP ON `shop`.`users`"]),
        ("UPDATE (email) ON shop.users", ["UPDATE (`email`) ON `shop`.`users`"]),
        ("SELECT ON shop.* WITH", ["GRANT OPTION ON `shop`.*"]),
    ],
)
def test_what_was_granted_too_much_is_taken_back(
    admin: Database, server: ServerAddress, given: str, taken_back: list[str]
) -> None:
    _shop(admin, server)
    before = _grants(admin)
    what, _, option = given.partition(" WITH")
    account = f"'{APPLICATION}'@'%'"
    admin.execute(f"GRANT {what} TO {account}{' WITH GRANT OPTION' if given.endswith('WITH') else option}")

    done = prepare(admin, "shop", _IDENTIFIED)

    assert done == [f"REVOKE {each} FROM {account}" for each in taken_back]
    assert _grants(admin) == before


def test_a_role_is_taken_back(admin: Database, server: ServerAddress) -> None:
    _shop(admin, server)
    before = _grants(admin)
    root = "CREATE ROLE IF NOT EXISTS everything"
    admin.execute(root)
    admin.execute(f"GRANT everything TO '{APPLICATION}'@'%'")

    [done] = prepare(admin, "shop", _IDENTIFIED)

    assert done.startswith("REVOKE `everything`")
    assert _grants(admin) == before


def test_what_is_needed_is_never_taken_away_on_the_way(admin: Database, sign_in: SignIn) -> None:
    prepare(admin, "shop", _IDENTIFIED)
    admin.execute(f"GRANT ALTER ON shop.* TO '{APPLICATION}'@'%'")
    done: list[str] = []

    class Watched(Database):
        """Looks after each statement whether a new connection could work."""

        def execute(self, sql: str, *more: Any, **named: Any) -> int:
            changed = super().execute(sql, *more, **named)
            done.append(sql)
            sign_in(APPLICATION, "shop").execute("DELETE FROM nowhere WHERE 1 = 0 AND EXISTS (SELECT 1)")
            return changed

    admin.execute("CREATE TABLE IF NOT EXISTS shop.nowhere (id INT PRIMARY KEY)")
    watched = Watched(admin._address)
    with contextlib.closing(watched):
        prepare(watched, "shop", _IDENTIFIED)

    assert len(done) == 8


def test_an_underscore_in_the_databases_name_is_only_that(admin: Database, sign_in: SignIn) -> None:
    for database in ("shop_1", "shopX1"):
        admin.execute(f"DROP DATABASE IF EXISTS {database}")
        admin.execute(f"CREATE DATABASE {database}")
        admin.execute(f"CREATE TABLE {database}.things (id INT PRIMARY KEY)")

    assert prepare(admin, "shop_1", _IDENTIFIED) == []
    assert prepare(admin, "shop_1", _IDENTIFIED) == []

    application = sign_in(APPLICATION, "shop_1")
    assert application.rows("SELECT * FROM things") == []
    assert _refused(application, "SELECT * FROM shopX1.things") == 1142


def test_the_statements_for_amazon_rds_are_refused_for_want_of_its_plugin_alone(admin: Database) -> None:
    with pytest.raises(UserRefused, match=r"CREATE USER IF NOT EXISTS 'microshop_app'@'%' \(error 1524\)"):
        prepare(admin, "shop", {APPLICATION: BY_IAM})


def test_a_refusal_does_not_quote_a_password(admin: Database) -> None:
    with pytest.raises(UserRefused) as refused:
        prepare(admin, "shop", {APPLICATION: "IDENTIFIED BY 's3cr3t' AND MORE"})

    assert "s3cr3t" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


@pytest.fixture
def deployed(server: ServerAddress, aws_endpoint_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The function's environment, with the admin's password in Secrets Manager."""
    secret = client("secretsmanager", aws_endpoint_url).create_secret(
        Name=f"admin-{uuid.uuid4()}", SecretString=json.dumps({"username": ADMIN, "password": ADMIN_PASSWORD})
    )
    environment = {
        "DATABASE_URL": _url(server, APPLICATION, "a%27p%5Cp%25s"),
        "MIGRATION_DATABASE_URL": _url(server, MIGRATIONS, "migrations"),
        "DATABASE_ADMIN_SECRET_ARN": secret["ARN"],
        "AWS_ENDPOINT_URL": aws_endpoint_url,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("deployed")
def test_the_function_prepares_a_database_with_what_secrets_manager_holds(
    admin: Database, sign_in: SignIn, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.execute("DROP DATABASE IF EXISTS shop")

    answered = load_function("deployment/prepare_database").handler({}, None)

    assert answered == {"users": [APPLICATION, MIGRATIONS], "taken_back": []}
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
def test_cloudformation_is_told_whether_the_database_is_prepared(
    secret: dict[str, str], status: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[dict[str, str]] = []
    monkeypatch.setattr(custom_resource, "_send", lambda _url, body: answers.append(json.loads(body)))
    monkeypatch.setattr(secrets, "fetch", lambda _arn: secret)
    asked = {"RequestType": "Create", "StackId": "s", "RequestId": "r", "LogicalResourceId": "DatabaseUsers"}

    context = Mock(get_remaining_time_in_millis=lambda: 180_000)
    load_function("deployment/prepare_database").handler(asked | {"ResponseURL": "https://answers.invalid"}, context)

    [answer] = answers
    assert (answer["Status"], answer["PhysicalResourceId"]) == (status, "microshop-database-users")
    assert answer.get("Reason", "").startswith(reason)


def _grants(admin: Database) -> set[database_users._Grant]:
    return database_users._grants(admin, APPLICATION) | database_users._grants(admin, MIGRATIONS)
