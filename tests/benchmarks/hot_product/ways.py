"""The compared ways of writing an order. Each is a connection that replaces the call of the shop's procedure."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any, ClassVar

import pymysql
from pymysql.constants import COMMAND

from microshop.platform.mysql import Database
from tests.benchmarks.hot_product import statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.platform.settings import ServerAddress

_MULTI_STATEMENTS_ON = 0


class Way(Database):
    """Calls the procedure, as the shop does. `parameters` are the names of its parameters."""

    title: ClassVar[str] = "one call of a procedure (the shop)"
    computes_orders: ClassVar[bool] = False

    def __init__(self, address: ServerAddress, parameters: Sequence[str]) -> None:
        super().__init__(address)
        self._parameters = parameters

    def values(self, arguments: Sequence[object]) -> dict[str, object]:
        """Returns the parameters of the single statements."""
        values = dict(zip(self._parameters, arguments, strict=True))
        [line] = json.loads(str(values["lines"]))
        return {**values, **line, "price": line["unit_price_minor"]}


class Computing(Way):
    """Computes each order while the time runs, as a function does. The others have computed them before."""

    title = "the same, with the whole use case in Python"
    computes_orders = True


class LockedFirst(Way):
    """Locks the product first, as many shops do, then sends the statements one by one."""

    title = "SELECT … FOR UPDATE, then the same statements"
    statements: ClassVar[tuple[str, ...]] = (statements.LOCK_PRODUCT, *statements.ALL)

    def call(self, procedure: str, arguments: Sequence[object]) -> None:  # noqa: ARG002 - the procedure is not called
        values = self.values(arguments)
        self.begin()
        try:
            for statement in self.statements:
                self.execute(statement, values)
            self.commit()
        except Exception:
            self.rollback()
            raise


class LeanLockedFirst(LockedFirst):
    """The same without what a simple shop does not have."""

    title = "a lean shop: order, line and stock only, FOR UPDATE"
    statements = (statements.LOCK_PRODUCT, *statements.LEAN)


class StatementByStatement(LockedFirst):
    """Locks the product last."""

    title = "the same statements one by one, stock last"
    statements = statements.ALL


class Packet(LockedFirst):
    """Sends all statements in one packet, which the server must be told to accept."""

    title = "the same statements in one packet"
    statements: ClassVar[tuple[str, ...]] = statements.ALL

    def _connect(self) -> Any:
        connection: Any = super()._connect()
        connection._execute_command(COMMAND.COM_SET_OPTION, struct.pack("<H", _MULTI_STATEMENTS_ON))
        connection._read_packet()
        return connection

    def call(self, procedure: str, arguments: Sequence[object]) -> None:  # noqa: ARG002 - the procedure is not called
        assert self._connection is not None
        values = self.values(arguments)
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(";".join(cursor.mogrify(sql, values) for sql in ("BEGIN", *self.statements, "COMMIT")))
                while cursor.nextset():
                    pass
        except pymysql.err.MySQLError as error:
            self._fail_transaction(error)


class PacketWithLowStock(Packet):
    """The way of the shop before it had the procedure."""

    title = "in one packet, with a statement for StockLow"
    statements = (*statements.ALL, statements.LOW_STOCK)


BASELINE = LockedFirst
WAYS: tuple[type[Way], ...] = (
    LockedFirst,
    LeanLockedFirst,
    StatementByStatement,
    PacketWithLowStock,
    Packet,
    Way,
    Computing,
)
