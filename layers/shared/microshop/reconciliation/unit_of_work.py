"""The unit of work of repairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.payments.unit_of_work import PaymentsUnitOfWork
from microshop.reconciliation.repository import RepairRepository

if TYPE_CHECKING:
    from microshop.platform.mysql import Database


class RepairsUnitOfWork(PaymentsUnitOfWork):
    """A transaction over orders, payments and repairs."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.repairs = RepairRepository(database)
