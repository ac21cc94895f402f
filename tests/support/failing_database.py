"""A database connection that fails during a use case, or lets another connection act between two statements."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from microshop.platform import settings
from microshop.platform.mysql import Database, Parameters, Row

AFTER_COMMIT = 0


@dataclass(frozen=True)
class ConcurrentAction:
    """An action of another connection after so many statements of a use case."""

    after: int
    act: Callable[[], object]


class FailingDatabase(Database):
    """`committed`: the last use case got the answer to a commit. `interrupted`: the action has run."""

    def __init__(self, address: settings.ServerAddress) -> None:
        super().__init__(address)
        self.committed = self.interrupted = False
        self._statements_left: int | None = None
        self._concurrent_action: ConcurrentAction | None = None
        self._sent = 0

    def begin_use_case(self, lost_after: int | None, concurrent_action: ConcurrentAction | None = None) -> None:
        """Set the faults of the next use case: the connection fails after so many statements, or AFTER_COMMIT."""
        self.committed = self.interrupted = False
        self._statements_left = lost_after
        self._concurrent_action, self._sent = concurrent_action, 0

    def _send(self, sql: str, parameters: Parameters) -> tuple[list[Row], int, int]:
        answer = super()._send(sql, parameters)
        commits = sql == "COMMIT" or sql.startswith("CALL ")
        self.committed = self.committed or commits
        self._sent += 1
        if self._concurrent_action is not None and self._sent == self._concurrent_action.after:
            self.interrupted = True
            self._concurrent_action.act()
        if self._statements_left is not None:
            self._statements_left -= 1
            if self._statements_left == 0 or (self._statements_left < 0 and commits):
                self._statements_left = None
                raise ConnectionResetError("failed by the test")
        return answer


class ImpatientDatabase(Database):
    """Does not wait for locks: a concurrent action runs in the thread that holds them and would wait forever."""

    def _connect(self) -> Any:
        connection: Any = super()._connect()
        with connection.cursor() as cursor:
            cursor.execute("SELECT VERSION() AS version")
            # The minimum is 1 second in MySQL and 0 in MariaDB.
            least = 0 if "MariaDB" in cursor.fetchone()["version"] else 1
            cursor.execute("SET SESSION innodb_lock_wait_timeout = %s", (least,))
        return connection
