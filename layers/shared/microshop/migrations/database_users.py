"""The two database users: the application's reads and writes rows, the migrations' also changes tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from microshop.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from microshop.platform.mysql import Database

_ROWS = ("SELECT", "INSERT", "UPDATE", "DELETE")
_TABLES = ("CREATE", "ALTER", "DROP", "INDEX", "REFERENCES")
APPLICATION, MIGRATIONS = "microshop_app", "microshop_migrations"
PRIVILEGES = {APPLICATION: _ROWS, MIGRATIONS: (*_ROWS, *_TABLES)}

# How a user authenticates; only this differs between servers.
BY_IAM = "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL"

# Lists column privileges as `SELECT (name)`, the form that REVOKE takes.
_GRANTED = """
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
    """The server refuses to create a user. Its message is omitted, because it quotes the password."""


@dataclass(frozen=True, order=True)
class _Grant:
    place: str
    privilege: str


def by_password(password: str) -> str:
    """Returns the clause of a user with a password, for servers without IAM."""
    escaped = password.replace("\\", "\\\\").replace("'", "''")
    return f"IDENTIFIED BY '{escaped}'"


def statements(databases: str, identified: Mapping[str, str]) -> Iterator[str]:
    """Yields the statements that create or update each user of `identified`; `databases` may be a pattern (`shop%`)."""
    for user, clause in identified.items():
        yield f"CREATE USER IF NOT EXISTS {_account(user)} {clause}"
        yield f"ALTER USER {_account(user)} {clause}"
        yield f"GRANT {', '.join(PRIVILEGES[user])} ON {_quoted(databases)}.* TO {_account(user)}"


def prepare(admin: Database, database: str, identified: Mapping[str, str]) -> list[str]:
    """Create the database and its users with exactly these privileges. Returns the REVOKE statements that it ran.

    Running functions are not affected: the privileges that they need are never revoked.

    Raises:
        UserRefused: the server refuses a statement.
        Unavailable: the server does not answer, or refuses this admin's login.
    """
    admin.execute(f"CREATE DATABASE IF NOT EXISTS {_quoted(database)} CHARACTER SET utf8mb4")
    # In a grant, _ and % are wildcards: without the backslash, shop_1 would match shopX1 too.
    pattern = re.sub(r"([_%])", r"\\\1", database)
    for statement in statements(pattern, identified):
        _execute(admin, statement)
    revocations = [statement for user in identified for statement in _revocations(admin, user, pattern)]
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
    allowed = {_Grant(_place(pattern, "*"), privilege) for privilege in PRIVILEGES[user]}
    for grant in sorted(_grants(admin, user) - allowed):
        yield f"REVOKE {grant.privilege} ON {grant.place} FROM {_account(user)}"
    for role in _roles(admin, user):
        yield f"REVOKE {role} FROM {_account(user)}"


def _grants(admin: Database, user: str) -> set[_Grant]:
    rows = admin.rows(_GRANTED, {"grantee": _account(user)})
    grants = {_Grant(_place(row["db"], row["tbl"]), row["privilege"]) for row in rows}
    return grants | {_Grant(_place(row["db"], row["tbl"]), "GRANT OPTION") for row in rows if row["grantable"] == "YES"}


def _roles(admin: Database, user: str) -> Sequence[str]:
    lines: Iterable[str] = (str(next(iter(row.values()))) for row in admin.rows(f"SHOW GRANTS FOR {_account(user)}"))
    return [match[1] for line in lines if (match := _ROLE.fullmatch(line))]


def _account(user: str) -> str:
    return f"'{user}'@'%'"


def _place(database: str, table: str) -> str:
    return f"{_or_all(database)}.{_or_all(table)}"


def _or_all(name: str) -> str:
    return name if name == "*" else _quoted(name)


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"
