"""The database connection: one per execution environment, autocommit for reads, explicit transactions for writes."""

from __future__ import annotations

import functools
import ssl
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

import pymysql
from pymysql import converters
from pymysql.constants import FIELD_TYPE
from pymysql.cursors import DictCursor

from microshop.errors import TransactionConflict, Unavailable
from microshop.platform import settings

type Row = dict[str, Any]
type Parameters = Mapping[str, object] | Sequence[object]

# Below the 10 s that a function has, so that the client gets the shop's own 503 and not a gateway's 504.
_CONNECT_TIMEOUT_SECONDS = 3
_READ_TIMEOUT_SECONDS = 6

# A wait for a lock ends before the read does: it is then a lost race that is tried again (four times, see
# transactions.py), and not a server that does not answer. The default of 50 s is longer than any function has.
_SESSION = (
    "SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout = 2"
)

_DUPLICATE_KEY = 1062
# Deadlock, lock wait timeout, and MariaDB's "record has changed since last read".
_LOST_RACES = frozenset({1213, 1205, 1020})
_AWAY = frozenset({1040, 1044, 1045, 1049, 1053, 1203, 1290, 1836, 4031})


class DuplicateKey(Exception):
    """An INSERT or UPDATE hit the unique key `key`. The value stays out: it may be a mail address."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Database:
    """A lazy connection that reconnects when it was lost between two uses, and only then.

    Raises, from every method that asks the server:
        Unavailable: the server does not answer.
        TransactionConflict: it gave up the transaction for another one.
        DuplicateKey: a unique key is hit.
    """

    def __init__(self, address: settings.ServerAddress, *, read_timeout_seconds: int = _READ_TIMEOUT_SECONDS) -> None:
        self._address = address
        self._read_timeout_seconds = read_timeout_seconds
        self._connection: pymysql.connections.Connection[DictCursor] | None = None
        self._in_transaction = False

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a SELECT."""
        return self._run(sql, parameters)[0]

    def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """The first row of a SELECT, or None."""
        return next(iter(self.rows(sql, parameters)), None)

    def execute(self, sql: str, parameters: Parameters = ()) -> int:
        """Run a statement; how many rows it changed (a row that already holds the values counts as not changed)."""
        return self._run(sql, parameters)[1]

    def insert(self, sql: str, parameters: Parameters = ()) -> int:
        """Run an INSERT; the id that the row was given."""
        return self._run(sql, parameters)[2]

    def begin(self) -> None:
        """Open a transaction (READ COMMITTED)."""
        self._run("BEGIN", ())
        self._in_transaction = True

    def commit(self) -> None:
        """Make the open transaction's changes last."""
        self._run("COMMIT", ())
        self._in_transaction = False

    def rollback(self) -> None:
        """Undo the open transaction; a connection that cannot is closed, which undoes it too."""
        try:
            if self._connection is not None:
                self._run("ROLLBACK", ())
        except Unavailable:
            self._drop()
        self._in_transaction = False

    def close(self) -> None:
        """Drop the connection; the next use makes a new one."""
        self._drop()
        self._in_transaction = False

    def _drop(self) -> None:
        if self._connection is not None:
            # close() would talk to a server that may be gone.
            self._connection._force_close()  # type: ignore[attr-defined]  # noqa: SLF001
        self._connection = None

    def _run(self, sql: str, parameters: Parameters) -> tuple[list[Row], int, int]:
        fresh = self._connection is None
        try:
            return self._ask(sql, parameters)
        except (pymysql.err.OperationalError, pymysql.err.InternalError, pymysql.err.InterfaceError, OSError) as error:
            # Lambda freezes environments for minutes: the first statement after that finds the connection dropped.
            # Only what changes nothing is asked again; within a transaction what came before is lost with it.
            if fresh or self._in_transaction or not _changes_nothing(sql) or not _was_dropped(error):
                self._give_up(error)
            self._drop()
        except pymysql.err.IntegrityError as error:
            self._give_up(error)
        try:
            return self._ask(sql, parameters)
        except (pymysql.err.MySQLError, OSError) as error:
            self._give_up(error)

    def _ask(self, sql: str, parameters: Parameters) -> tuple[list[Row], int, int]:
        if self._connection is None:
            if self._in_transaction:
                raise Unavailable("database", "the connection was lost within a transaction")
            self._connection = self._connect()
        with self._connection.cursor() as cursor:
            changed = cursor.execute(sql, parameters or None)
            return list(cursor.fetchall()), changed, cursor.lastrowid or 0

    def _connect(self) -> pymysql.connections.Connection[DictCursor]:
        connection = pymysql.connect(
            host=self._address.host,
            port=self._address.port,
            user=self._address.user,
            password=self._address.password or "",
            database=self._address.name or None,
            charset="utf8mb4",
            cursorclass=DictCursor,
            conv=_CONVERSIONS,
            autocommit=True,
            connect_timeout=_CONNECT_TIMEOUT_SECONDS,
            read_timeout=self._read_timeout_seconds,
            write_timeout=self._read_timeout_seconds,
            ssl=_tls_context() if self._address.tls else None,
            init_command=_SESSION,
        )
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        return connection

    def _give_up(self, error: Exception) -> NoReturn:
        code = error.args[0] if error.args else None
        if code == _DUPLICATE_KEY:
            # "Duplicate entry 'x' for key 'users.email'"; MariaDB leaves out the table.
            raise DuplicateKey(str(error.args[1]).rsplit("'", 2)[-2].rpartition(".")[2]) from None
        if code in _LOST_RACES:
            raise TransactionConflict(f"error {code}") from error
        if isinstance(error, (pymysql.err.InterfaceError, OSError)) or _is_away(code):
            self._drop()
            raise Unavailable("database", f"{type(error).__name__} {code}") from error
        raise error


def _to_stored(time: datetime, _mapping: object = None) -> str:
    if time.tzinfo is None:
        raise ValueError("A time without a zone cannot be stored: use datetime.now(UTC).")
    return str(converters.escape_datetime(time.astimezone(UTC).replace(tzinfo=None)))


def _from_stored(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# DATETIME columns hold UTC; Python sees aware times only.
_CONVERSIONS: dict[int | type[Any], Callable[[Any], str] | Callable[[str], Any]] = {
    **converters.conversions,
    datetime: _to_stored,
    FIELD_TYPE.DATETIME: _from_stored,
    FIELD_TYPE.TIMESTAMP: _from_stored,
}


@functools.cache
def database() -> Database:
    """This execution environment's connection."""
    return Database(settings.database())


@functools.cache
def _tls_context() -> ssl.SSLContext:
    # Parsing the default roots takes 25 ms: once per environment, not once per connection.
    return ssl.create_default_context()


def _is_away(code: object) -> bool:
    # The client library's own codes are about the connection; of the server's, too many connections (1040, 1203),
    # access denied (1044, 1045), no such database (1049), shutting down (1053),
    # read-only in a failover (1290, 1836), idle for too long (4031).
    return isinstance(code, int) and (code < 1000 or 2000 <= code < 3000 or code in _AWAY)


def _changes_nothing(sql: str) -> bool:
    return sql.lstrip().startswith(("SELECT", "BEGIN"))


def _was_dropped(error: Exception) -> bool:
    # 2006 server has gone away, 2013 lost connection, 4031 disconnected for idling; 0 is PyMySQL's own "closed".
    # A statement that ran into its timeout is also 2013: the server is slow, and asking again would double the wait.
    dropped = not error.args or error.args[0] in (0, 2006, 2013, 4031) or isinstance(error, ConnectionError)
    return dropped and "timed out" not in str(error)
