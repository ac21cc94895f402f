"""Migrations grant the application each table, and of the audit log only its insertion and reading."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pymysql
import pytest

from microshop.migrations.database_users import APPLICATION, MIGRATIONS, account_statements, password_clause
from microshop.migrations.deployment import deploy
from microshop.migrations.files import read_migrations
from microshop.migrations.runner import migrate
from microshop.migrations.table_grants import table_privileges
from microshop.platform.mysql import Database
from microshop.platform.settings import ServerAddress, database_address
from tests.integration.migrations.conftest import PASSWORDS, SignIn, shop_url
from tests.support.migration_files import FIRST, SECOND, write_migrations
from tests.support.servers import DatabaseUrls, FreshDatabase, ServerUrls

_ROW = "(at, user_id, action, entity, request_id) VALUES (UTC_TIMESTAMP(6), 1, 'product.update', 'product', 'r-1')"
_IDENTIFIED = {user: password_clause(password) for user, password in PASSWORDS.items()}
_TABLES = "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()"


@pytest.fixture
def urls(server_urls: ServerUrls) -> Iterator[DatabaseUrls]:
    """An empty database."""
    with FreshDatabase(server_urls, purpose="grants") as fresh:
        yield fresh


@pytest.fixture
def application(urls: DatabaseUrls) -> Iterator[Database]:
    """A connection of the application to the same database."""
    with closing(Database(database_address(urls.application))) as connection:
        yield connection


def _deny(connection: Database, statement: str) -> None:
    with pytest.raises(pymysql.err.OperationalError) as refused:
        connection.execute(statement)
    assert refused.value.args[0] in {1142, 1143}  # of the table, or of its column


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET user_id = 2",
        "DELETE FROM audit_log",
        "TRUNCATE TABLE audit_log",
        f"INSERT INTO audit_log {_ROW} ON DUPLICATE KEY UPDATE user_id = 2",
        f"REPLACE INTO audit_log {_ROW}",
        "UPDATE audit_log JOIN users ON users.id = audit_log.user_id SET audit_log.user_id = 2",
        "DELETE audit_log FROM audit_log JOIN users ON users.id = audit_log.user_id",
        "ALTER TABLE audit_log ADD COLUMN another INT",
        "DROP TABLE audit_log",
        "RENAME TABLE audit_log TO another",
    ],
)
def test_the_application_cannot_change_the_audit_log(database: Database, statement: str) -> None:
    database.execute(f"INSERT INTO audit_log {_ROW}")

    _deny(database, statement)


def test_the_application_can_add_rows_to_the_audit_log_and_read_them(database: Database) -> None:
    row = database.insert(f"INSERT INTO audit_log {_ROW}")

    assert database.row("SELECT action FROM audit_log WHERE id = %(id)s", {"id": row}) == {"action": "product.update"}


def test_every_table_is_granted_by_a_migration(urls: DatabaseUrls, application: Database) -> None:
    migrate(urls.migrations)
    with closing(Database(database_address(urls.migrations))) as schema:
        tables = {row["name"] for row in schema.rows(_TABLES)}

    assert tables - table_privileges(read_migrations()).keys() == {"schema_migrations"}
    for table in tables - {"schema_migrations"}:
        application.rows(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608 - a name out of the schema
    _deny(application, "SELECT 1 FROM schema_migrations")


def test_a_new_table_is_granted_by_its_run(urls: DatabaseUrls, application: Database, tmp_path: Path) -> None:
    folder = write_migrations(tmp_path, first=FIRST)
    migrate(urls.migrations, folder)
    write_migrations(folder, second=SECOND, new="CREATE TABLE new_one (id INT NOT NULL PRIMARY KEY)")

    migrate(urls.migrations, folder)

    assert application.execute("INSERT INTO new_one VALUES (1)") == 1


def test_a_deployment_grants_without_pending_files(admin: Database, server: ServerAddress, sign_in: SignIn) -> None:
    _create_users(admin, may_grant=True)
    deploy(shop_url(server, MIGRATIONS))
    admin.execute(f"REVOKE SELECT, INSERT, UPDATE, DELETE ON shop.users FROM '{APPLICATION}'@'%'")

    assert deploy(shop_url(server, MIGRATIONS)).applied == []

    assert sign_in(APPLICATION, "shop").execute("DELETE FROM users") == 0


def test_migrations_that_may_not_grant_say_what_to_run(admin: Database, server: ServerAddress, sign_in: SignIn) -> None:
    _create_users(admin, may_grant=False)
    warnings: list[str] = []

    migrate(shop_url(server, MIGRATIONS), warn=warnings.append)

    [warning] = warnings
    assert warning.startswith("The migrations' account may not grant 'microshop_app'@'%' its tables: run GRANT SELECT,")
    _, _, after = warning.partition("run ")
    admin.execute(after.removesuffix(", and migrate again."))
    migrate(shop_url(server, MIGRATIONS), warn=warnings.append)
    assert len(warnings) == 1
    assert sign_in(APPLICATION, "shop").execute("DELETE FROM users") == 0


def test_a_missing_account_is_named_and_not_created(admin: Database, server: ServerAddress) -> None:
    admin.execute("CREATE DATABASE IF NOT EXISTS shop CHARACTER SET utf8mb4")
    warnings: list[str] = []

    as_admin = f"mysql://{server.user}:p%27w%5Cd%25s@{server.host}:{server.port}/shop"
    migrate(as_admin, application="somebody", warn=warnings.append)

    assert warnings == ["There is no account 'somebody'@'%' to grant tables to: create it, and migrate again."]
    assert admin.rows("SELECT user FROM mysql.user WHERE user = 'somebody'") == []


def test_one_account_for_everything_needs_no_grant(admin: Database, server: ServerAddress) -> None:
    _create_users(admin, may_grant=False)
    warnings: list[str] = []

    migrate(shop_url(server, MIGRATIONS), application=MIGRATIONS, warn=warnings.append)

    assert warnings == []


def _create_users(admin: Database, *, may_grant: bool) -> None:
    """Create the users by hand."""
    admin.execute("CREATE DATABASE IF NOT EXISTS shop CHARACTER SET utf8mb4")
    for statement in account_statements(_IDENTIFIED):
        admin.execute(statement)
    admin.execute(f"GRANT EXECUTE ON shop.* TO '{APPLICATION}'@'%'")
    option = " WITH GRANT OPTION" if may_grant else ""
    admin.execute(
        "GRANT SELECT, INSERT, UPDATE, DELETE, EXECUTE, CREATE, ALTER, DROP, INDEX, REFERENCES, CREATE ROUTINE,"
        f" ALTER ROUTINE ON shop.* TO '{MIGRATIONS}'@'%'{option}"
    )
