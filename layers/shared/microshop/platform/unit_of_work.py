"""A database transaction as a `with` block that rolls back unless it is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from microshop.platform.mysql import Database, Parameters, Statement


class UnitOfWork:
    """A transaction; domains add their repositories."""

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
        """Commit all changes since `__enter__`."""
        self._database.commit()
        self._committed = True


class Batch:
    """A transaction that is sent as one batch on commit: it takes one round trip and holds no locks before it."""

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
        """Add a statement to the batch."""
        self._statements.append((sql, parameters))

    def commit(self) -> None:
        """Send all statements since `__enter__`. Either all of them take effect, or none."""
        self._database.execute_batch(self._statements)
