"""The transaction that records an export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.repository import AuditLog
from microshop.exports.queries import ExportQueries
from microshop.platform.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from microshop.platform.mysql import Database


class ExportsUnitOfWork(UnitOfWork):
    """The rows of exports, which are read outside of the transaction, and the audit log."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.rows = ExportQueries(database)
        self.audit = AuditLog(database)
