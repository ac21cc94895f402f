"""The two database users: one for the application, which reads and writes rows and calls procedures, and one for
migrations, which also changes tables and procedures.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from microshop.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from microshop.platform.mysql import Database

_USE = ("SELECT", "INSERT", "UPDATE", "DELETE", "EXECUTE")
_CHANGE = ("CREATE", "ALTER", "DROP", "INDEX", "REFERENCES", "CREATE ROUTINE", "ALTER ROUTINE")
APPLICATION, MIGRATIONS = "microshop_app", "microshop_migrations"
PRIVILEGES = {APPLICATION: _USE, MIGRATIONS: (*_USE, *_CHANGE)}

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


def user_statements(databases: str, clauses: Mapping[str, str]) -> Iterator[str]:
    """Yields the statements that create or update users. `clauses` has the clause of each user for its authentication.

    `databases` may be a pattern such as `shop%`.
    """
    for user, clause in clauses.items():
        yield f"CREATE USER IF NOT EXISTS {_account(user)} {clause}"
        yield f"ALTER USER {_account(user)} {clause}"
        yield f"GRANT {', '.join(PRIVILEGES[user])} ON {_quote(databases)}.* TO {_account(user)}"


def prepare(admin: Database, database: str, clauses: Mapping[str, str]) -> list[str]:
    """Create the database and its users with exactly their privileges. Returns the REVOKE statements that it ran.

    It does not disturb running functions of this or an earlier release, because it never revokes a privilege that they
    need. An earlier release revokes what only later functions need (docs/deploy.md, "Roll back or restore").

    Raises:
        UserRefused: the server refuses a statement.
        Unavailable: the server does not answer, or refuses this admin's login.
    """
    admin.execute(f"CREATE DATABASE IF NOT EXISTS {_quote(database)} CHARACTER SET utf8mb4")
    # In a grant, _ and % are wildcards: without the backslash, shop_1 would match shopX1 too.
    pattern = re.sub(r"([_%])", r"\\\1", database)
    for statement in user_statements(pattern, clauses):
        _execute(admin, statement)
    revocations = [statement for user in clauses for statement in _revocations(admin, user, pattern)]
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


def _revocations(admin: Database, user: str, pattern: str) -> Iterator[str]:
    allowed = {_Grant(_target(pattern, "*"), privilege) for privilege in PRIVILEGES[user]}
    for grant in sorted(_grants(admin, user) - allowed):
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
