"""A database connection that is lost in the middle of a use case, or on which somebody else gets in between."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from microshop.platform import settings
from microshop.platform.mysql import Database, Parameters, Row, Statement

AFTER_COMMIT = 0


@dataclass(frozen=True)
class Intrusion:
    """What another connection does after so many statements of a use case."""

    after: int
    act: Callable[[], object]


class FailingDatabase(Database):
    """Sends batches. `committed` says whether the last use case had a COMMIT answered, whatever came after it.

    `intruded` says whether its intrusion has happened.
    """

    def __init__(self, address: settings.ServerAddress) -> None:
        super().__init__(address, batches=True)
        self.committed = self.intruded = False
        self._statements_left: int | None = None
        self._intrusion: Intrusion | None = None
        self._asked = 0

    def begin_use_case(self, lost_after: int | None, intrusion: Intrusion | None = None) -> None:
        """Forget the last use case; the connection is lost after so many statements of this one, or AFTER_COMMIT."""
        self.committed = self.intruded = False
        self._statements_left = lost_after
        self._intrusion, self._asked = intrusion, 0

    def _send(self, sql: str, parameters: Parameters) -> tuple[list[Row], int, int]:
        answer = super()._send(sql, parameters)
        self.committed = self.committed or sql == "COMMIT"
        self._asked += 1
        if self._intrusion is not None and self._asked == self._intrusion.after:
            self.intruded = True
            self._intrusion.act()
        if self._statements_left is not None:
            self._statements_left -= 1
            if self._statements_left == 0 or (self._statements_left < 0 and sql == "COMMIT"):
                self._statements_left = None
                raise ConnectionResetError("lost by the test")
        return answer

    def _send_batch(self, statements: Sequence[Statement]) -> None:
        if self._statements_left is None:
            super()._send_batch(statements)
            self.committed = True
            return
        for sql, parameters in statements:  # so that it can be lost between any two
            self._send(sql, parameters)


class ImpatientDatabase(Database):
    """Waits for no lock: whoever intrudes on the thread that holds it would wait for itself."""

    def _connect(self) -> Any:
        connection: Any = super()._connect()
        with connection.cursor() as cursor:
            cursor.execute("SELECT VERSION() AS version")
            # MySQL waits for a second at least, MariaDB not at all if it is told so.
            least = 0 if "MariaDB" in cursor.fetchone()["version"] else 1
            cursor.execute("SET SESSION innodb_lock_wait_timeout = %s", (least,))
        return connection
