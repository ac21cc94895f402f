"""The two database users: one for the application, which reads and writes rows and calls procedures, and one for
migrations, which also changes tables and procedures, and grants tables to the application (table_grants.py).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from microshop.errors import Unavailable
from microshop.migrations.files import FOLDER, read_migrations
from microshop.migrations.table_grants import ROW_PRIVILEGES, table_privileges

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from microshop.migrations.table_grants import TablePrivileges
    from microshop.platform.mysql import Database

_CHANGE = ("CREATE", "ALTER", "DROP", "INDEX", "REFERENCES", "CREATE ROUTINE", "ALTER ROUTINE")
APPLICATION, MIGRATIONS = "microshop_app", "microshop_migrations"
# On the whole database. Migrations have them WITH GRANT OPTION.
PRIVILEGES = {APPLICATION: ("EXECUTE",), MIGRATIONS: (*ROW_PRIVILEGES, "EXECUTE", *_CHANGE)}

# The clause for authentication with IAM. Servers differ only in this clause and `password_clause`.
IAM_CLAUSE = "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL"

# Lists column privileges in the form that REVOKE accepts: `SELECT (name)`.
_GRANTS = """
SELECT '*' AS db, '*' AS tbl, privilege_type AS privilege, is_grantable AS grantable
FROM information_schema.user_privileges
WHERE grantee = %(grantee)s AND privilege_type <> 'USAGE'
UNION ALL
SELECT table_schema, '*', privilege_type, is_grantable
FROM information_schema.schema_privileges
WHERE grantee = %(grantee)s AND privilege_type <> 'USAGE'
UNION ALL
SELECT table_schema, table_name, privilege_type, is_grantable
FROM information_schema.table_privileges
WHERE grantee = %(grantee)s AND privilege_type <> 'USAGE'
UNION ALL
SELECT table_schema, table_name, CONCAT(privilege_type, ' (`', REPLACE(column_name, '`', '``'), '`)'), is_grantable
FROM information_schema.column_privileges
WHERE grantee = %(grantee)s
"""
_ACCOUNTS = "SELECT DISTINCT grantee AS grantee FROM information_schema.user_privileges"
_TABLES = "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = %(database)s"
# The grant of a role: "GRANT `role`@`%` TO `user`@`%`". Grants of privileges contain ON.
_ROLE = re.compile(r"GRANT ((?:(?! ON ).)+) TO .*", re.DOTALL)


class UserRefused(Exception):
    """The server refuses to create a user. The server's message is omitted, because it quotes the password."""


class _Grant(NamedTuple):
    target: str
    privilege: str


def password_clause(password: str) -> str:
    """Returns the clause for authentication with a password."""
    escaped = password.replace("\\", "\\\\").replace("'", "''")
    return f"IDENTIFIED BY '{escaped}'"


def account_statements(clauses: Mapping[str, str], existing: Container[str] = ()) -> Iterator[str]:
    """Yields the statements that create or update users. `clauses` has each user's clause for its authentication.

    `existing` are accounts that are not created. MySQL refuses IF NOT EXISTS (error 4006) for a user who has created a
    procedure, unless the admin has ALLOW_NONEXISTENT_DEFINER, which Amazon RDS does not grant.
    """
    for user, clause in clauses.items():
        if _account(user) not in existing:
            yield f"CREATE USER IF NOT EXISTS {_account(user)} {clause}"
        yield f"ALTER USER {_account(user)} {clause}"


def grant_statements(databases: str, users: Iterable[str]) -> Iterator[str]:
    """Yields the statements that grant users their privileges. `databases` may be a pattern such as `shop%`."""
    for user in users:
        option = " WITH GRANT OPTION" if user == MIGRATIONS else ""
        yield f"GRANT {', '.join(PRIVILEGES[user])} ON {_quote(databases)}.* TO {_account(user)}{option}"


def prepare(admin: Database, database: str, clauses: Mapping[str, str], folder: Path = FOLDER) -> list[str]:
    """Create the database and its users with exactly their privileges. Returns the REVOKE statements that it ran.

    It does not disturb running functions of this or an earlier release, because it never revokes a privilege that they
    need. Earlier releases granted the application the rows of the whole database. That grant is revoked in the first
    deployment that begins with a grant for each table, so a failed deployment of this release rolls back before that:
    a connection keeps the privileges on the database that it signed in with, and an earlier release revokes those on
    tables (docs/decisions/0073-privileges-per-table.md).

    Raises:
        UserRefused: the server refuses a statement.
        Unavailable: the server does not answer, or refuses this admin's login.
    """
    admin.execute(f"CREATE DATABASE IF NOT EXISTS {_quote(database)} CHARACTER SET utf8mb4")
    # In a grant, _ and % are wildcards: without the backslash, shop_1 would match shopX1 too.
    pattern = re.sub(r"([_%])", r"\\\1", database)
    existing = {row["grantee"] for row in admin.rows(_ACCOUNTS)}
    for statement in (*account_statements(clauses, existing), *grant_statements(pattern, clauses)):
        _execute(admin, statement)
    grants = {user: _grants(admin, user) for user in clauses}
    allowed = {user: {_Grant(_target(pattern, "*"), privilege) for privilege in PRIVILEGES[user]} for user in clauses}
    if MIGRATIONS in clauses:
        allowed[MIGRATIONS].add(_Grant(_target(pattern, "*"), "GRANT OPTION"))
    if APPLICATION in clauses:
        tables = table_privileges(read_migrations(folder))
        allowed[APPLICATION] |= _allowed_on_tables(admin, database, pattern, tables, grants[APPLICATION])
    revocations = [
        statement for user in clauses for statement in _revocations(admin, user, grants[user] - allowed[user])
    ]
    for statement in revocations:
        admin.execute(statement)
    return revocations


def _execute(admin: Database, statement: str) -> None:
    try:
        admin.execute(statement)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - any error may quote the password
        number = error.args[0] if error.args and isinstance(error.args[0], int) else type(error).__name__
        action = statement.partition(" IDENTIFIED")[0]
        raise UserRefused(f"The server refuses {action} (error {number}).") from None


def _allowed_on_tables(
    admin: Database, database: str, pattern: str, tables: TablePrivileges, granted: set[_Grant]
) -> set[_Grant]:
    """Returns the rows that the application may use, in tables or, until each table is granted, everywhere."""
    existing = {row["name"] for row in admin.rows(_TABLES, {"database": database})}
    on_tables = {_Grant(_target(database, table), right) for table, rights in tables.items() for right in rights}
    needed = {_Grant(_target(database, table), right) for table in existing & tables.keys() for right in tables[table]}
    everywhere = {_Grant(_target(pattern, "*"), privilege) for privilege in ROW_PRIVILEGES}
    # After a rollback, tables of a newer release, whose functions still run.
    known = {_target(database, table) for table in tables}
    newer = {
        grant
        for grant in granted
        if grant.target.startswith(f"{_quote(database)}.`")
        and grant.target not in known
        and grant.privilege in ROW_PRIVILEGES
    }
    return on_tables | newer | (everywhere if needed - granted else set())


def _revocations(admin: Database, user: str, excess: set[_Grant]) -> Iterator[str]:
    for grant in sorted(excess):
        yield f"REVOKE {grant.privilege} ON {grant.target} FROM {_account(user)}"
    for role in _roles(admin, user):
        yield f"REVOKE {role} FROM {_account(user)}"


def _grants(admin: Database, user: str) -> set[_Grant]:
    rows = admin.rows(_GRANTS, {"grantee": _account(user)})
    grants = {_Grant(_target(row["db"], row["tbl"]), row["privilege"]) for row in rows}
    return grants | {
        _Grant(_target(row["db"], row["tbl"]), "GRANT OPTION") for row in rows if row["grantable"] == "YES"
    }


def _roles(admin: Database, user: str) -> Sequence[str]:
    lines: Iterable[str] = (str(next(iter(row.values()))) for row in admin.rows(f"SHOW GRANTS FOR {_account(user)}"))
    return [match[1] for line in lines if (match := _ROLE.fullmatch(line))]


def _account(user: str) -> str:
    return f"'{user}'@'%'"


def _target(database: str, table: str) -> str:
    return f"{_quote_unless_all(database)}.{_quote_unless_all(table)}"


def _quote_unless_all(name: str) -> str:
    return name if name == "*" else _quote(name)


def _quote(name: str) -> str:
    return f"`{name.replace('`', '``')}`"
