"""A database connection that is lost in the middle of a use case."""

from collections.abc import Sequence

from microshop.platform import settings
from microshop.platform.mysql import Database, Parameters, Row, Statement

AFTER_COMMIT = 0


class FailingDatabase(Database):
    """Sends packets. `committed` says whether the last use case had its COMMIT answered, whatever came after it."""

    def __init__(self, address: settings.ServerAddress) -> None:
        super().__init__(address, packets=True)
        self.committed = False
        self._statements_left: int | None = None

    def begin_use_case(self, lost_after: int | None) -> None:
        """Forget the last use case; the connection is lost after so many statements of this one, or AFTER_COMMIT."""
        self.committed = False
        self._statements_left = lost_after

    def _ask(self, sql: str, parameters: Parameters) -> tuple[list[Row], int, int]:
        answer = super()._ask(sql, parameters)
        self.committed = self.committed or sql == "COMMIT"
        if self._statements_left is not None:
            self._statements_left -= 1
            if self._statements_left == 0 or (self._statements_left < 0 and sql == "COMMIT"):
                self._statements_left = None
                raise ConnectionResetError("lost by the test")
        return answer

    def _ask_all(self, statements: Sequence[Statement]) -> None:
        if self._statements_left is None:
            super()._ask_all(statements)
            self.committed = True
            return
        for sql, parameters in statements:  # so that it can be lost between any two
            self._ask(sql, parameters)
