"""The transaction of asking for erasure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.privacy.repository import ErasureRepository
from microshop.users.unit_of_work import UsersUnitOfWork

if TYPE_CHECKING:
    from microshop.platform.mysql import Database


class ErasuresUnitOfWork(UsersUnitOfWork):
    """A transaction over accounts, requested erasures and the outbox."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.erasures = ErasureRepository(database)
