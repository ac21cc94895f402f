"""The database connection: one per execution environment, autocommit for reads, explicit transactions for writes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

import pymysql
from pymysql import converters
from pymysql.constants import FIELD_TYPE
from pymysql.cursors import DictCursor

from microshop.errors import TransactionConflict, Unavailable
from microshop.platform import settings, sign_in, tls
from microshop.platform.mysql_errors import describe, is_table_denied, is_unavailable, shop_error, was_dropped

type Row = dict[str, Any]
type Parameters = Mapping[str, object] | Sequence[object]

# Below a function's 10 s, so that the client gets the shop's 503 and not the gateway's 504.
_CONNECT_TIMEOUT_SECONDS = 3
_READ_TIMEOUT_SECONDS = 6

# Shorter than the read timeout, so that a lock wait that times out is a conflict, which is retried (four times,
# transactions.py), and does not look like a server that does not answer. The default of 50 s exceeds every function's
# timeout.
_SESSION = (
    "SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout = 2"
)


class Database:
    """A lazy connection that reconnects only if it was lost between two uses.

    With `reconnects_if_denied`, it also reconnects if it has lost its privileges on a table. A connection keeps the
    privileges on the database that it signed in with, but loses those on tables at once. An earlier release replaces
    these by those (migrations/database_users.py), and only a new connection sees that.

    Raises, from every method that sends a statement:
        Unavailable: the server does not answer.
        TransactionConflict: the server rolled the transaction back in favour of another one.
        DuplicateKey: a unique key is violated.
        ConstraintRefused: a CHECK constraint, or the NOT NULL, range or length of a column is violated.
        StatementTimedOut: a query has reached its limit (time_limit.py).

    The server accepts one statement per command, so injected text cannot start a second one.
    """

    def __init__(
        self,
        address: settings.ServerAddress,
        *,
        read_timeout_seconds: int = _READ_TIMEOUT_SECONDS,
        reconnects_if_denied: bool = False,
    ) -> None:
        self._address = address
        self._read_timeout_seconds = read_timeout_seconds
        self._reconnects_if_denied = reconnects_if_denied
        self._connection: pymysql.connections.Connection[DictCursor] | None = None
        self._in_transaction = False
        self._is_older_than_transaction = False

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """Returns all rows of a SELECT."""
        return self._run(sql, parameters)[0]

    def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """Returns the first row of a SELECT, or None."""
        return next(iter(self.rows(sql, parameters)), None)

    def execute(self, sql: str, parameters: Parameters = (), *, idempotent: bool = False) -> int:
        """Run a statement. Returns how many rows it changed, without rows that already had the values.

        An `idempotent` statement, which may run twice without harm, is retried if the connection was lost between two
        uses.
        """
        return self._run(sql, parameters, idempotent=idempotent)[1]

    def insert(self, sql: str, parameters: Parameters = ()) -> int:
        """Run an INSERT. Returns the id of the new row."""
        return self._run(sql, parameters)[2]

    def begin(self) -> None:
        """Open a transaction (READ COMMITTED)."""
        self._is_older_than_transaction = self._connection is not None
        self._run("BEGIN", ())
        self._in_transaction = True

    def commit(self) -> None:
        """Commit the open transaction."""
        self._run("COMMIT", ())
        self._in_transaction = False

    def rollback(self) -> None:
        """Roll the open transaction back. If that fails, close the connection, which rolls it back too."""
        try:
            if self._connection is not None:
                self._run("ROLLBACK", ())
        except Unavailable:
            self._drop()
        self._in_transaction = False

    def call(self, procedure: str, arguments: Sequence[object]) -> None:
        """Call a stored procedure that runs one transaction and returns no rows, in one round trip.

        If the connection is lost meanwhile, the transaction may or may not have been committed, so it is not retried.
        """
        self._is_older_than_transaction = self._connection is not None
        try:
            self._send(f"CALL {procedure}({', '.join(['%s'] * len(arguments))})", arguments)
        except (pymysql.err.MySQLError, OSError) as error:
            self._fail_transaction(error)

    def close(self) -> None:
        """Close the connection; the next use opens a new one."""
        self._drop()
        self._in_transaction = False

    def _drop(self) -> None:
        if self._connection is not None:
            # close() would talk to a server that may be gone.
            self._connection._force_close()  # type: ignore[attr-defined]  # noqa: SLF001
        self._connection = None

    def _run(self, sql: str, parameters: Parameters, *, idempotent: bool = False) -> tuple[list[Row], int, int]:
        fresh = self._connection is None
        try:
            return self._send(sql, parameters)
        except (pymysql.err.OperationalError, pymysql.err.InternalError, pymysql.err.InterfaceError, OSError) as error:
            # Lambda freezes environments for minutes, and the first statement after that may find the connection
            # closed. It may still have run. Within a transaction, all earlier statements are lost with the connection.
            may_retry = self._is_denied(error) or (was_dropped(error) and (idempotent or _is_read(sql)))
            if fresh or self._in_transaction or not may_retry:
                self._fail(error)
            self._drop()
        except (pymysql.err.IntegrityError, pymysql.err.DataError) as error:
            self._fail(error)
        try:
            return self._send(sql, parameters)
        except (pymysql.err.MySQLError, OSError) as error:
            self._fail(error)

    def _send(self, sql: str, parameters: Parameters) -> tuple[list[Row], int, int]:
        if self._connection is None:
            if self._in_transaction:
                raise Unavailable("database", "the connection was lost within a transaction")
            self._connection = self._connect()
            self._is_older_than_transaction = False
        with self._connection.cursor() as cursor:
            changed = cursor.execute(sql, parameters or None)
            return list(cursor.fetchall()), changed, cursor.lastrowid or 0

    def _connect(self) -> pymysql.connections.Connection[DictCursor]:
        try:
            connection = self._signed_in()
        except RuntimeError as error:
            # caching_sha2_password sends a password only over TLS, or encrypted with a package that the layer lacks.
            if self._address.tls or "cryptography" not in str(error):
                raise
            raise Unavailable("database", "its account needs TLS: add tls=verify or tls=rds to the URL") from error
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        # PyMySQL applies the read timeout to the handshake too. If the server hangs, a request that reconnects would
        # wait for both timeouts, which is longer than a function's.
        connection._read_timeout = self._read_timeout_seconds  # type: ignore[attr-defined]  # noqa: SLF001
        return connection

    def _signed_in(self) -> pymysql.connections.Connection[DictCursor]:
        return pymysql.connect(
            host=self._address.host,
            port=self._address.port,
            user=self._address.user,
            password=sign_in.database_password(self._address),
            database=self._address.name or None,
            charset="utf8mb4",
            cursorclass=DictCursor,
            conv=_CONVERSIONS,
            autocommit=True,
            connect_timeout=_CONNECT_TIMEOUT_SECONDS,
            read_timeout=_CONNECT_TIMEOUT_SECONDS,
            write_timeout=self._read_timeout_seconds,
            ssl=tls.context(self._address.tls) if self._address.tls else None,
            # Otherwise PyMySQL would try TLS without verifying the certificate, and parse the system's roots for that,
            # which takes about 25 ms per connection.
            ssl_disabled=not self._address.tls,
            init_command=_SESSION,
        )

    def _is_denied(self, error: Exception) -> bool:
        return self._reconnects_if_denied and is_table_denied(error)

    def _fail_transaction(self, error: Exception) -> NoReturn:
        try:
            self._fail(error)
        finally:
            self.rollback()

    def _fail(self, error: Exception) -> NoReturn:
        """Raise the shop's exception for a driver's error."""
        if translated := shop_error(error):
            raise translated from None
        if self._is_denied(error) and self._is_older_than_transaction:
            self._drop()
            raise TransactionConflict(f"error {error.args[0]}") from None
        code = error.args[0] if error.args else None
        if isinstance(error, (pymysql.err.InterfaceError, OSError)) or is_unavailable(code):
            self._drop()
            raise Unavailable("database", describe(error, iam=self._address.iam)) from error
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
    """Returns this execution environment's connection."""
    return Database(settings.database(), reconnects_if_denied=True)


def _is_read(sql: str) -> bool:
    # "/*M!" begins a query with a limit (time_limit.py).
    return sql.lstrip().startswith(("SELECT", "BEGIN", "/*M!"))
