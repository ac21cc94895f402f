"""Privileges over releases: no connection loses what it needs, in an update, in a rollback, and afterwards."""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from copy import replace
from pathlib import Path

import pymysql
import pytest

from microshop.errors import TransactionConflict
from microshop.migrations.database_users import APPLICATION, MIGRATIONS, password_clause, prepare
from microshop.migrations.deployment import deploy
from microshop.platform.mysql import Database
from microshop.platform.settings import ServerAddress
from microshop.platform.unit_of_work import UnitOfWork
from microshop.transactions import retry_on_conflict
from tests.integration.migrations.conftest import PASSWORDS, SignIn, shop_url
from tests.support.admin_server import ADMIN, ADMIN_PASSWORD
from tests.support.releases import Release, unpack_previous_release
from tools.local.events.resources import client

_IDENTIFIED = {user: password_clause(password) for user, password in PASSWORDS.items()}
_INSERT = "INSERT INTO leases (name, holder, held_until) VALUES (%(name)s, 'x', UTC_TIMESTAMP(6))"
_CHANGE_HISTORY = "UPDATE audit_log SET user_id = 2"

# What the application may do with the rows of each table.
_GRANTS_ON_TABLES = """
SELECT table_name AS name, GROUP_CONCAT(privilege_type) AS privileges
FROM information_schema.table_privileges
WHERE table_schema = 'shop' AND grantee = %(grantee)s
GROUP BY table_name
"""

type Step = Callable[[], object]


@pytest.fixture(scope="module")
def previous_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the code of the previous release."""
    return unpack_previous_release(tmp_path_factory.mktemp("previous"))


@pytest.fixture
def previous(previous_code: Path, admin: Database, server: ServerAddress, aws_endpoint_url: str) -> Iterator[Release]:
    """The previous release, deployed to an empty database, with the grants of a release without an audit log."""
    admin.execute("DROP DATABASE IF EXISTS shop")
    secret = client("secretsmanager", aws_endpoint_url).create_secret(
        Name=f"admin-{uuid.uuid4()}", SecretString=json.dumps({"username": ADMIN, "password": ADMIN_PASSWORD})
    )
    environment = {
        "DATABASE_URL": shop_url(server, APPLICATION),
        "MIGRATION_DATABASE_URL": shop_url(server, MIGRATIONS),
        "DATABASE_ADMIN_SECRET_ARN": secret["ARN"],
        "CURRENCY": "USD",
        "LANGUAGES": "en,zh",
        "POWERTOOLS_SERVICE_NAME": "microshop",
        "AWS_ENDPOINT_URL": aws_endpoint_url,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    with Release(previous_code, environment) as release:
        release.invoke("deployment/prepare_database", {})
        release.invoke("deployment/migrate", {})
        _grant_the_whole_database(admin)
        yield release


def _deploy(admin: Database, server: ServerAddress) -> list[str]:
    revoked = prepare(admin, "shop", _IDENTIFIED)
    deploy(shop_url(server, MIGRATIONS))
    return revoked


def _return_to(previous: Release, admin: Database) -> None:
    """Roll the users back. MySQL lets that release prepare no user who has created a procedure (deploy.md)."""
    admin.execute("DROP PROCEDURE IF EXISTS shop.place_order_1")
    admin.execute("DELETE FROM shop.schema_migrations WHERE name LIKE '%create_place_order%'")
    previous.invoke("deployment/prepare_database", {})
    _grant_the_whole_database(admin)


def _grant_the_whole_database(admin: Database) -> None:
    """Grant the application what releases before decision 73 did: the rows of the whole database, nothing by table."""
    account = f"'{APPLICATION}'@'%'"
    admin.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON shop.* TO {account}")
    for row in admin.rows(_GRANTS_ON_TABLES, {"grantee": account}):
        admin.execute(f"REVOKE {row['privileges']} ON shop.`{row['name']}` FROM {account}")


def _uses_rows(connection: Database) -> bool:
    """Writes a row and deletes it, as functions of every release do."""
    name = uuid.uuid4().hex
    connection.execute(_INSERT, {"name": name})
    return connection.execute("DELETE FROM leases WHERE name = %(name)s", {"name": name}) == 1


def test_no_connection_loses_privileges_in_an_update_and_its_rollback(
    previous: Release, admin: Database, server: ServerAddress, sign_in: SignIn
) -> None:
    steps: list[Step] = [
        lambda: prepare(admin, "shop", _IDENTIFIED),
        lambda: deploy(shop_url(server, MIGRATIONS)),
        lambda: _return_to(previous, admin),
        lambda: _deploy(admin, server),
        lambda: _deploy(admin, server),
    ]
    connections = [sign_in(APPLICATION, "shop")]
    for step in steps:
        connections.append(sign_in(APPLICATION, "shop"))
        assert all(_uses_rows(connection) for connection in connections)

        step()

        assert all(_uses_rows(connection) for connection in connections)


def test_the_second_deployment_protects_the_audit_log(
    previous: Release, admin: Database, server: ServerAddress, sign_in: SignIn
) -> None:
    assert _deploy(admin, server) == []
    assert sign_in(APPLICATION, "shop").execute(_CHANGE_HISTORY) == 0

    revoked = _deploy(admin, server)

    account = f"ON `shop`.* FROM '{APPLICATION}'@'%'"
    assert revoked == [f"REVOKE {right} {account}" for right in ("DELETE", "INSERT", "SELECT", "UPDATE")]
    application = sign_in(APPLICATION, "shop")
    assert _uses_rows(application)
    with pytest.raises(pymysql.err.OperationalError, match="1142"):
        application.execute(_CHANGE_HISTORY)


def test_a_new_database_protects_the_audit_log_at_once(admin: Database, server: ServerAddress, sign_in: SignIn) -> None:
    admin.execute("DROP DATABASE IF EXISTS shop")

    _deploy(admin, server)

    with pytest.raises(pymysql.err.OperationalError, match="1142"):
        sign_in(APPLICATION, "shop").execute(_CHANGE_HISTORY)


@pytest.fixture
def rolled_back(previous: Release, admin: Database, server: ServerAddress) -> Iterator[Database]:
    """The connection of a function that runs on while an operator returns to the previous release."""
    for _ in range(2):
        _deploy(admin, server)
    address = replace(server, user=APPLICATION, password=PASSWORDS[APPLICATION], name="shop")
    with closing(Database(address, reconnects_if_denied=True)) as connection:
        assert _uses_rows(connection)
        _return_to(previous, admin)
        yield connection


def test_a_connection_without_its_privileges_is_replaced(rolled_back: Database) -> None:
    assert _uses_rows(rolled_back)
    assert rolled_back.rows("SELECT * FROM leases") == []


def test_a_transaction_without_its_privileges_is_retried(rolled_back: Database) -> None:
    @retry_on_conflict
    def use_case() -> bool:
        with UnitOfWork(rolled_back) as transaction:
            worked = _uses_rows(rolled_back)
            transaction.commit()
        return worked

    assert use_case()


def test_a_call_without_its_privileges_is_a_conflict(rolled_back: Database, admin: Database, sign_in: SignIn) -> None:
    admin.execute("DROP PROCEDURE IF EXISTS shop.count_leases")
    admin.execute("CREATE PROCEDURE shop.count_leases () SQL SECURITY INVOKER SELECT COUNT(*) INTO @n FROM shop.leases")
    admin.execute(f"GRANT EXECUTE ON shop.* TO '{APPLICATION}'@'%'")

    with pytest.raises(TransactionConflict):
        rolled_back.call("count_leases", ())

    rolled_back.call("count_leases", ())


def test_a_privilege_that_is_missing_stays_an_error(previous: Release, admin: Database, server: ServerAddress) -> None:
    for _ in range(2):
        _deploy(admin, server)
    address = replace(server, user=APPLICATION, password=PASSWORDS[APPLICATION], name="shop")
    with closing(Database(address, reconnects_if_denied=True)) as connection:
        for _ in range(2):
            with pytest.raises(pymysql.err.OperationalError, match="1142"):
                connection.execute(_CHANGE_HISTORY)
        use_case = retry_on_conflict(_change_history_in_a_transaction)
        with pytest.raises(pymysql.err.OperationalError, match="1142"):
            use_case(connection)


def _change_history_in_a_transaction(connection: Database) -> None:
    with UnitOfWork(connection):
        connection.execute(_CHANGE_HISTORY)
