"""A database transaction as a `with` block that rolls back unless it is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from microshop.platform.mysql import Database


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
