"""One database transaction as a `with` block: it rolls back, or never begins, unless it was committed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from microshop.platform.mysql import Database, Parameters, Statement


class UnitOfWork:
    """One transaction; a domain's own adds its repositories. Rolls back unless committed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._committed = False

    def __enter__(self) -> Self:
        self._committed = False
        self._database.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._committed:
            self._database.rollback()

    def commit(self) -> None:
        """Make everything since `__enter__` last."""
        self._database.commit()
        self._committed = True


class Packet:
    """A transaction that goes to the database whole, when it is committed: one round trip, and no lock before it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._statements: list[Statement] = []

    def __enter__(self) -> Self:
        self._statements = []
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._statements = []

    def execute(self, sql: str, parameters: Parameters = ()) -> None:
        """Add a statement."""
        self._statements.append((sql, parameters))

    def commit(self) -> None:
        """Send everything since `__enter__`; it all lasts, or nothing of it happened."""
        self._database.transact(self._statements)
