"""The transaction of the audit row of an operation. The operation itself changes Redis or a queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.repository import AuditLog
from microshop.platform.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from microshop.platform.mysql import Database


class OperationsUnitOfWork(UnitOfWork):
    """A transaction over the audit log."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.audit = AuditLog(database)
