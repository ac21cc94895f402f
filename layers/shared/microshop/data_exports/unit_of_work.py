"""The transaction of the use cases of a person's exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.data_exports.repository import DataExportRepository
from microshop.users.unit_of_work import UsersUnitOfWork

if TYPE_CHECKING:
    from microshop.platform.mysql import Database


class DataExportsUnitOfWork(UsersUnitOfWork):
    """A transaction over exports, accounts and the outbox."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.exports = DataExportRepository(database)
