"""The transaction of the use cases of second factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.repository import AuditLog
from microshop.second_factor.repository import SecondFactorRepository
from microshop.staff.repository import StaffRepository
from microshop.users.unit_of_work import UsersUnitOfWork

if TYPE_CHECKING:
    from microshop.platform.mysql import Database


class SecondFactorUnitOfWork(UsersUnitOfWork):
    """A transaction over accounts, roles, second factors and the audit log."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.staff = StaffRepository(database)
        self.audit = AuditLog(database)
        self.second_factors = SecondFactorRepository(database)
