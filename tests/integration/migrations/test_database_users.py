"""The two database users: what each may do, and that `prepare` revokes everything else."""

import contextlib
from typing import Any

import pymysql
import pytest

from microshop.errors import Unavailable
from microshop.migrations.database_users import (
    APPLICATION,
    IAM_CLAUSE,
    MIGRATIONS,
    UserRefused,
    password_clause,
    prepare,
)
from microshop.migrations.runner import migrate
from microshop.platform.mysql import Database
from microshop.platform.settings import ServerAddress
from tests.integration.migrations.conftest import PASSWORDS, SignIn, shop_url

_IDENTIFIED = {user: password_clause(password) for user, password in PASSWORDS.items()}
# Access to a database, to all of them, a command on a table or a procedure denied, or a privilege missing.
_DENIED = {1044, 1045, 1142, 1227, 1370, 1410}


def _refused(connection: Database, statement: str) -> int:
    """Returns the number of the error with which the server refuses the statement."""
    with pytest.raises((Unavailable, pymysql.err.MySQLError)) as refused:
        connection.execute(statement)
    error = refused.value.__cause__ if isinstance(refused.value, Unavailable) else refused.value
    assert isinstance(error, pymysql.err.MySQLError)
    return int(error.args[0])


def _not_denied(connection: Database, statements: list[str]) -> dict[str, int]:
    """Returns the statements that the server refuses for another reason, each with its error."""
    errors = {statement: _refused(connection, statement) for statement in statements}
    return {statement: error for statement, error in errors.items() if error not in _DENIED}


def _prepare_and_migrate(admin: Database, server: ServerAddress) -> None:
    prepare(admin, "shop", _IDENTIFIED)
    migrate(shop_url(server, MIGRATIONS))


def test_migrations_run_as_their_own_user(admin: Database, server: ServerAddress, sign_in: SignIn) -> None:
    _prepare_and_migrate(admin, server)

    assert sign_in(APPLICATION, "shop").row("SELECT COUNT(*) AS count FROM users") == {"count": 0}


def test_the_application_can_read_and_write_rows(admin: Database, server: ServerAddress, sign_in: SignIn) -> None:
    _prepare_and_migrate(admin, server)
    application = sign_in(APPLICATION, "shop")

    application.execute("INSERT INTO inbox (consumer, event_id, claimed_until) VALUES ('x', 'y', UTC_TIMESTAMP(6))")
    application.execute("UPDATE inbox SET event_id = 'z'")

    assert application.rows("SELECT event_id FROM inbox") == [{"event_id": "z"}]
    assert application.execute("DELETE FROM inbox") == 1


def test_the_application_can_do_nothing_except_use_rows(
    admin: Database, server: ServerAddress, sign_in: SignIn
) -> None:
    statements = [
        "CREATE TABLE another (id INT PRIMARY KEY)",
        "CREATE PROCEDURE another () SELECT 1",
        "DROP PROCEDURE place_order_1",
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
    ]
    _prepare_and_migrate(admin, server)
    application = sign_in(APPLICATION, "shop")

    assert _not_denied(application, statements) == {}


def test_migrations_can_do_nothing_except_change_tables_of_the_shop(admin: Database, sign_in: SignIn) -> None:
    statements = [
        "GRANT SELECT ON mysql.* TO 'microshop_app'@'%'",
        "GRANT TRIGGER ON shop.* TO 'microshop_app'@'%'",
        "GRANT PROCESS ON *.* TO 'microshop_app'@'%'",
        "CREATE USER 'another'@'%'",
        "CREATE DATABASE shop_2",
        "CREATE TRIGGER another BEFORE INSERT ON users FOR EACH ROW SET @x = 1",
        "SELECT * FROM mysql.user",
    ]
    prepare(admin, "shop", _IDENTIFIED)

    assert _not_denied(sign_in(MIGRATIONS, "shop"), statements) == {}


def test_preparing_again_changes_nothing(admin: Database, server: ServerAddress, sign_in: SignIn) -> None:
    admin.execute("DROP DATABASE IF EXISTS shop")  # so that the migrations create the procedure
    _prepare_and_migrate(admin, server)
    before = _grants(admin)

    assert prepare(admin, "shop", _IDENTIFIED) == []

    assert _grants(admin) == before
    assert sign_in(APPLICATION, "shop").row("SELECT COUNT(*) AS count FROM users") == {"count": 0}


@pytest.mark.parametrize(
    ("granted", "revoked"),
    [
        ("ALTER, DROP ON shop.*", ["ALTER ON `shop`.*", "DROP ON `shop`.*"]),
        ("CREATE ON *.*", ["CREATE ON *.*"]),
        ("SELECT ON mysql.*", ["SELECT ON `mysql`.*"]),
        ("DROP ON shop.users", ["DROP ON `shop`.`users`"]),
        ("UPDATE (email) ON shop.users", ["UPDATE (`email`) ON `shop`.`users`"]),
        ("SELECT ON shop.* WITH GRANT OPTION", ["GRANT OPTION ON `shop`.*", "SELECT ON `shop`.*"]),
        ("UPDATE, DELETE ON shop.audit_log", ["DELETE ON `shop`.`audit_log`", "UPDATE ON `shop`.`audit_log`"]),
    ],
)
def test_excess_privileges_are_revoked(
    admin: Database, server: ServerAddress, granted: str, revoked: list[str]
) -> None:
    _prepare_and_migrate(admin, server)
    before = _grants(admin)
    account = f"'{APPLICATION}'@'%'"
    privileges, _, option = granted.partition(" WITH ")
    admin.execute(f"GRANT {privileges} TO {account}" + (f" WITH {option}" if option else ""))

    done = prepare(admin, "shop", _IDENTIFIED)

    assert done == [f"REVOKE {each} FROM {account}" for each in revoked]
    assert _grants(admin) == before


def test_a_role_is_revoked(admin: Database, server: ServerAddress) -> None:
    _prepare_and_migrate(admin, server)
    before = _grants(admin)
    admin.execute("CREATE ROLE IF NOT EXISTS everything")
    admin.execute(f"GRANT everything TO '{APPLICATION}'@'%'")

    [done] = prepare(admin, "shop", _IDENTIFIED)

    assert done.startswith("REVOKE `everything`")
    assert _grants(admin) == before


def test_needed_privileges_are_kept_at_every_step(admin: Database, server: ServerAddress, sign_in: SignIn) -> None:
    _prepare_and_migrate(admin, server)
    admin.execute(f"GRANT ALTER ON shop.* TO '{APPLICATION}'@'%'")
    statements: list[str] = []

    class Watched(Database):
        """Checks after each statement that the application can still connect and delete rows."""

        def execute(self, sql: str, *more: Any, **named: Any) -> int:
            changed = super().execute(sql, *more, **named)
            statements.append(sql)
            sign_in(APPLICATION, "shop").execute("DELETE FROM users WHERE 1 = 0 AND EXISTS (SELECT 1)")
            return changed

    with contextlib.closing(Watched(server)) as watched:
        prepare(watched, "shop", _IDENTIFIED)

    assert f"REVOKE ALTER ON `shop`.* FROM '{APPLICATION}'@'%'" in statements


def test_an_underscore_in_a_database_name_is_not_a_wildcard(admin: Database, sign_in: SignIn) -> None:
    for database in ("shop_1", "shopX1"):
        admin.execute(f"DROP DATABASE IF EXISTS {database}")
        admin.execute(f"CREATE DATABASE {database}")
        admin.execute(f"CREATE TABLE {database}.things (id INT PRIMARY KEY)")

    assert prepare(admin, "shop_1", _IDENTIFIED) == []
    assert prepare(admin, "shop_1", _IDENTIFIED) == []

    migrations = sign_in(MIGRATIONS, "shop_1")
    assert migrations.rows("SELECT * FROM things") == []
    assert _refused(migrations, "SELECT * FROM shopX1.things") == 1142


def test_only_the_missing_plugin_refuses_the_statements_for_amazon_rds(admin: Database) -> None:
    with pytest.raises(UserRefused, match=r"CREATE USER IF NOT EXISTS 'microshop_app'@'%' \(error 1524\)"):
        prepare(admin, "shop", {APPLICATION: IAM_CLAUSE})


def test_an_error_does_not_contain_a_password(admin: Database) -> None:
    with pytest.raises(UserRefused) as refused:
        prepare(admin, "shop", {APPLICATION: "IDENTIFIED BY 's3cr3t' AND MORE"})

    assert "s3cr3t" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def _grants(admin: Database) -> list[list[Any]]:
    return [
        sorted(value for row in admin.rows(f"SHOW GRANTS FOR '{user}'@'%'") for value in row.values())
        for user in (APPLICATION, MIGRATIONS)
    ]
