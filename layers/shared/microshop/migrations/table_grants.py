"""What the application may do with each table. The migration that creates a table says so.

A migration with CREATE TABLE grants SELECT, INSERT, UPDATE and DELETE on its table. A line in its head grants less:
`-- grants: SELECT, INSERT`. MySQL adds privileges up, so UPDATE on the whole database could not be withheld for one
table.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from microshop.migrations.files import MigrationRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from microshop.migrations.files import Migration
    from microshop.platform.mysql import Database

type TablePrivileges = Mapping[str, Sequence[str]]

ROW_PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE")

_CREATED = re.compile(r"^\s*CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?`?(\w+)", re.IGNORECASE)
_HEAD = re.compile(r"^-- grants:(.*)$", re.MULTILINE)

_TABLES = "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()"
_SIGNED_IN_AS = "SELECT CURRENT_USER() AS account, DATABASE() AS name"
# Without this mode, MariaDB's GRANT creates a missing account if the grantor may create users. MySQL has no such mode
# and reads the first assignment as a comment.
_CREATE_NO_ACCOUNT = "SET /*M! SESSION sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_CREATE_USER'), */ @granting = 1"
# The grantor lacks GRANT OPTION; there is no such account (both servers' number for who may not create it, MariaDB's).
_DENIED = 1142
_NO_ACCOUNT = frozenset({1410, 1133})


def table_privileges(migrations: Sequence[Migration]) -> TablePrivileges:
    """Returns the application's privileges on each table that the migrations create.

    Raises:
        MigrationRefused: a head grants something else, or belongs to a migration that creates no table.
    """
    return dict(grant for migration in migrations for grant in _grants_of(migration))


def _grants_of(migration: Migration) -> Iterator[tuple[str, Sequence[str]]]:
    created, head = _CREATED.match(migration.statement), _HEAD.search(migration.head)
    if created is None and head is None:
        return
    granted = tuple(word.strip() for word in head[1].split(",")) if head else ROW_PRIVILEGES
    if created is None or not set(granted) <= set(ROW_PRIVILEGES):
        raise MigrationRefused(
            f"{migration.name} has a line `-- grants:`: it belongs to a CREATE TABLE and names some of"
            f" {', '.join(ROW_PRIVILEGES)}."
        )
    yield created[1], granted


def grant_tables(database: Database, privileges: TablePrivileges, user: str) -> str:
    """Grant the application's user its privileges on every table that exists.

    Returns "", or a sentence that says what to run if this account may not grant. The shop then works only if an
    administrator has granted the application its privileges. A user that migrates and serves owns its tables anyway.
    """
    signed_in = database.row(_SIGNED_IN_AS) or {}
    account = f"'{user}'@'%'"
    if str(signed_in["account"]).rpartition("@")[0] == user:
        return ""
    database.execute(_CREATE_NO_ACCOUNT)
    existing = {row["name"] for row in database.rows(_TABLES)}
    for table in sorted(existing & privileges.keys()):
        try:
            database.execute(f"GRANT {', '.join(privileges[table])} ON `{table}` TO {account}")
        except Exception as error:
            # The first argument of PyMySQL's errors is the server's error code.
            if remedy := _remedy(error.args[0], account, signed_in):
                return remedy
            raise
    return ""


def _remedy(code: object, account: str, signed_in: Mapping[str, str]) -> str:
    if code in _NO_ACCOUNT:
        return f"There is no account {account} to grant tables to: create it, and migrate again."
    if code != _DENIED:
        return ""
    user, _, host = signed_in["account"].rpartition("@")
    return (
        f"The migrations' account may not grant {account} its tables: run GRANT {', '.join(ROW_PRIVILEGES)} ON"
        f" `{signed_in['name']}`.* TO '{user}'@'{host}' WITH GRANT OPTION, and migrate again."
    )
