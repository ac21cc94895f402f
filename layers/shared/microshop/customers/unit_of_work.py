"""The transaction of changes of customers by staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.repository import AuditLog
from microshop.staff.repository import StaffRepository
from microshop.users.account_unit_of_work import AccountUnitOfWork

if TYPE_CHECKING:
    from microshop.platform.mysql import Database


class CustomersUnitOfWork(AccountUnitOfWork):
    """A transaction over accounts with their roles and links, the outbox and the audit log."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.staff = StaffRepository(database)
        self.audit = AuditLog(database)
