"""Checks an external database: can the shop sign in, is the version supported, and has the user all rights?"""

import re
from collections.abc import Iterable, Iterator
from contextlib import closing

import pymysql

from microshop.errors import Unavailable
from microshop.migrations.database_users import MIGRATIONS, PRIVILEGES
from microshop.migrations.table_grants import ROW_PRIVILEGES
from microshop.platform.mysql import Database
from microshop.platform.settings import ServerAddress, database_address
from tools.local.servers.external_url import at, parse, unreachable
from tools.local.servers.problems import ServerProblem

_FORM = "mysql://user:password@host:3306/database, or mysqls:// for TLS"
# CHECK constraints and window functions; SKIP LOCKED.
_OLDEST_MYSQL, _OLDEST_MARIADB = (8, 0, 16), (10, 6)
# A server checks the rights before it looks for the table. No database has these tables, so nothing changes.
STATEMENTS = {
    "SELECT": "SELECT 1 FROM microshop_start_check",
    "INSERT": "INSERT INTO microshop_start_check (a) VALUES (1)",
    "UPDATE": "UPDATE microshop_start_check SET a = 1",
    "DELETE": "DELETE FROM microshop_start_check",
    "EXECUTE": "CALL microshop_start_check()",
    "CREATE": "CREATE TABLE microshop_start_check LIKE microshop_of_nobody",
    "ALTER": "ALTER TABLE microshop_start_check ADD b INT",
    "DROP": "DROP TABLE microshop_start_check",
    "INDEX": "CREATE INDEX i ON microshop_start_check (a)",
    "REFERENCES": "ALTER TABLE microshop_start_check ADD FOREIGN KEY (a) REFERENCES microshop_of_nobody (a)",
    # A comment may have 65,535 characters, so no procedure is created.
    "CREATE ROUTINE": f"CREATE PROCEDURE microshop_start_check() COMMENT '{'x' * 65_536}' SELECT 1",
    "ALTER ROUTINE": "DROP PROCEDURE microshop_start_check",
}
_GRANT = "GRANT SELECT ON microshop_start_check TO CURRENT_USER()"
_DENIED = frozenset({1044, 1142, 1143, 1370})
_READ_ONLY = frozenset({1290, 1836})


def parsed(variable: str, url: str) -> ServerAddress:
    """Parse the URL, which must name a database.

    Raises:
        ServerProblem: the URL is invalid.
    """
    address = parse(variable, url, database_address, _FORM)
    if not address.name:
        raise ServerProblem(f"{variable} names no database: write it as {_FORM}.")
    return address


def may_grant(address: ServerAddress) -> bool:
    """Whether the account can grant the application its tables. Nothing in the database changes."""
    with closing(Database(address)) as database:
        return _code_of_refusal(database, _GRANT) not in _DENIED


def check(variable: str, address: ServerAddress, role: str, *, gets_tables: bool = False, instead: str = "") -> None:
    """Check that the account can connect and has the rights of `role`. Nothing in the database changes.

    An application whose tables the migrations do not grant (`gets_tables`) needs rights on the whole database.

    `instead` is a variable for another account, in case this one lacks rights.

    Raises:
        ServerProblem: the shop cannot use the database.
    """
    with closing(Database(address)) as database:
        try:
            version = str((database.row("SELECT VERSION() AS version") or {})["version"])
        except (Unavailable, pymysql.err.MySQLError, RuntimeError) as error:
            raise _no_connection(variable, address, error) from None
        if problem := version_problem(version):
            raise ServerProblem(f"{variable}: {at(address)} is {problem}.")
        rights = PRIVILEGES[role] if role == MIGRATIONS or gets_tables else (*ROW_PRIVILEGES, *PRIVILEGES[role])
        if missing := list(_missing_rights(variable, address, database, rights)):
            raise ServerProblem(_rights_problem(variable, address, missing, instead))


def version_problem(version: str) -> str:
    """Returns the problem of a server with this VERSION(), or "" if it is supported."""
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:3])
    name, oldest = ("MariaDB", _OLDEST_MARIADB) if "mariadb" in version.lower() else ("MySQL", _OLDEST_MYSQL)
    if numbers >= oldest:
        return ""
    needed = ".".join(map(str, oldest))
    return f"{name} {'.'.join(map(str, numbers))}, which is too old: the shop needs {name} {needed} or newer"


def _missing_rights(variable: str, address: ServerAddress, database: Database, rights: Iterable[str]) -> Iterator[str]:
    for right in rights:
        code = _code_of_refusal(database, STATEMENTS[right])
        if code in _READ_ONLY:
            raise ServerProblem(f"{variable}: {at(address)} is read-only: use the URL of the primary.")
        if code in _DENIED:
            yield right


def _code_of_refusal(database: Database, statement: str) -> int:
    try:
        database.execute(statement)
    except Unavailable as error:
        return _code(error.__cause__)
    except pymysql.err.MySQLError as error:
        return _code(error)
    return 0


def _rights_problem(variable: str, address: ServerAddress, missing: list[str], instead: str) -> str:
    rights = ", ".join(missing)
    what = f"the user `{address.user}` lacks rights in the database `{address.name}` at {at(address)}"
    remedy = f"run GRANT {rights} ON `{address.name}`.* TO '{address.user}'@'%'"
    other = f", or set {instead} to an account that has them" if instead else ""
    return f"{variable}: {what}: {remedy}{other}."


def _no_connection(variable: str, address: ServerAddress, error: Exception) -> ServerProblem:
    cause = error.__cause__ if isinstance(error, Unavailable) else error
    original = getattr(cause, "original_exception", None)
    if problem := unreachable(variable, address, original or (cause if isinstance(cause, OSError) else None)):
        return problem
    where, user, name = at(address), address.user or "", address.name
    password = "another password" if address.password else "a password, but the URL has none"
    grant = f"run GRANT ALL ON `{name}`.* TO '{user}'@'%'"
    what = {
        1040: f"{where} has no connection left: raise its max_connections",
        1044: f"the user `{user}` may not use the database `{name}` at {where}: correct its name, or {grant}",
        1045: f"{where} refuses the user `{user}`: it is unknown there, has {password}, or must use TLS (mysqls://)",
        1049: f"{where} has no database `{name}`: run CREATE DATABASE `{name}` CHARACTER SET utf8mb4",
        1130: f"{where} refuses this machine: allow the user `{user}` to connect from any host ('{user}'@'%')",
        1203: f"{where} has no connection left for the user `{user}`: raise its limit",
        1698: f"{where} refuses the user `{user}`: it is unknown there, or signs in without a password only",
        1820: f"the password of the user `{user}` at {where} has expired: set a new one",
        1862: f"the password of the user `{user}` at {where} has expired: set a new one",
        2026: f"{where} does not accept TLS: write mysql:// without tls=",
        3118: f"the user `{user}` at {where} is locked: run ALTER USER '{user}'@'%' ACCOUNT UNLOCK",
        3159: f"{where} accepts TLS only: write mysqls://",
        4151: f"the user `{user}` at {where} is locked: run ALTER USER '{user}'@'%' ACCOUNT UNLOCK",
    }.get(_code(cause), f"the server at {where} is not MySQL: correct host and port")
    return ServerProblem(f"{variable}: {what}.")


def _code(error: object) -> int:
    arguments = error.args if isinstance(error, Exception) else ()
    return arguments[0] if arguments and isinstance(arguments[0], int) else 0
