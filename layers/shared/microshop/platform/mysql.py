"""The database connection: one per execution environment, autocommit for reads, explicit transactions for writes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn, Protocol

import pymysql
from pymysql import converters
from pymysql.constants import CLIENT, FIELD_TYPE
from pymysql.cursors import DictCursor

from microshop.errors import Unavailable
from microshop.platform import settings, sign_in, tls
from microshop.platform.mysql_errors import is_away, reason, refusal, was_dropped

type Row = dict[str, Any]
type Parameters = Mapping[str, object] | Sequence[object]
type Statement = tuple[str, Parameters]

# Below the 10 s that a function has, so that the client gets the shop's own 503 and not a gateway's 504.
_CONNECT_TIMEOUT_SECONDS = 3
_READ_TIMEOUT_SECONDS = 6

# A wait for a lock ends before the read does: it is then a lost race that is tried again (four times, see
# transactions.py), and not a server that does not answer. The default of 50 s is longer than any function has.
_SESSION = (
    "SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout = 2"
)


class Executes(Protocol):
    """What writes rows: a connection at once, or a packet when it is committed."""

    def execute(self, sql: str, parameters: Parameters = ()) -> object: ...


class Database:
    """A lazy connection that reconnects when it was lost between two uses, and only then.

    Raises, from every method that asks the server:
        Unavailable: the server does not answer.
        TransactionConflict: it gave up the transaction for another one.
        DuplicateKey: a unique key is hit.
        ConstraintRefused: a CHECK constraint or a NOT NULL is broken.

    `packets` lets `transact` send many statements at once. It is off by default: where one statement a packet is all
    that the server takes, no injected text can begin a second one.
    """

    def __init__(
        self,
        address: settings.ServerAddress,
        *,
        read_timeout_seconds: int = _READ_TIMEOUT_SECONDS,
        packets: bool = False,
    ) -> None:
        self._address = address
        self._read_timeout_seconds = read_timeout_seconds
        self._client_flag = CLIENT.MULTI_STATEMENTS if packets else 0
        self._connection: pymysql.connections.Connection[DictCursor] | None = None
        self._in_transaction = False

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a SELECT."""
        return self._run(sql, parameters)[0]

    def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """The first row of a SELECT, or None."""
        return next(iter(self.rows(sql, parameters)), None)

    def execute(self, sql: str, parameters: Parameters = (), *, repeatable: bool = False) -> int:
        """Run a statement; how many rows it changed (a row that already holds the values counts as not changed).

        One that is `repeatable`, because it does no harm to run it twice, is asked again on a connection that was lost
        between two uses.
        """
        return self._run(sql, parameters, repeatable=repeatable)[1]

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

    def transact(self, statements: Sequence[Statement]) -> None:
        """Run statements as one transaction in one round trip: all of them, or none.

        The server stops at the first one that fails, before the COMMIT. Whether a connection that was lost meanwhile
        had committed, nobody knows.
        """
        begun = [("BEGIN", ()), *statements, ("COMMIT", ())]
        try:
            self._ask_all(begun)
        except (pymysql.err.MySQLError, OSError) as error:
            self._give_up_transaction(error)

    def close(self) -> None:
        """Drop the connection; the next use makes a new one."""
        self._drop()
        self._in_transaction = False

    def _drop(self) -> None:
        if self._connection is not None:
            # close() would talk to a server that may be gone.
            self._connection._force_close()  # type: ignore[attr-defined]  # noqa: SLF001
        self._connection = None

    def _run(self, sql: str, parameters: Parameters, *, repeatable: bool = False) -> tuple[list[Row], int, int]:
        fresh = self._connection is None
        try:
            return self._ask(sql, parameters)
        except (pymysql.err.OperationalError, pymysql.err.InternalError, pymysql.err.InterfaceError, OSError) as error:
            # Lambda freezes environments for minutes: the first statement after that finds the connection dropped.
            # It may have run all the same. Within a transaction, what came before it is lost with the connection.
            may_repeat = repeatable or _changes_nothing(sql)
            if fresh or self._in_transaction or not may_repeat or not was_dropped(error):
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

    def _ask_all(self, statements: Sequence[Statement]) -> None:
        if self._connection is None:
            self._connection = self._connect()
        with self._connection.cursor() as cursor:
            cursor.execute(";\n".join(cursor.mogrify(sql, parameters or None) for sql, parameters in statements))
            while cursor.nextset():
                pass

    def _connect(self) -> pymysql.connections.Connection[DictCursor]:
        connection = pymysql.connect(
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
            init_command=_SESSION,
            client_flag=self._client_flag,
        )
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        # PyMySQL waits for the greeting as for an answer. A server that hangs would then take both times of a request
        # whose first connection it has cost, which is more than a function has.
        connection._read_timeout = self._read_timeout_seconds  # type: ignore[attr-defined]  # noqa: SLF001
        return connection

    def _give_up_transaction(self, error: Exception) -> NoReturn:
        try:
            self._give_up(error)
        finally:
            self.rollback()

    def _give_up(self, error: Exception) -> NoReturn:
        if refused := refusal(error):
            raise refused from None
        code = error.args[0] if error.args else None
        if isinstance(error, (pymysql.err.InterfaceError, OSError)) or is_away(code):
            self._drop()
            raise Unavailable("database", reason(error)) from error
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
def packet_database() -> Database:
    """This execution environment's connection, for a function that sends transactions as packets."""
    return Database(settings.database(), packets=True)


def _changes_nothing(sql: str) -> bool:
    return sql.lstrip().startswith(("SELECT", "BEGIN"))
