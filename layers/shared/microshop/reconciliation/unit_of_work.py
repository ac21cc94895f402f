"""The unit of work that repairs findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.payments.unit_of_work import PaymentsUnitOfWork
from microshop.reconciliation.repository import RepairRepository

if TYPE_CHECKING:
    from microshop.platform.mysql import Database


class RepairsUnitOfWork(PaymentsUnitOfWork):
    """A transaction that may change all that a payment's may, with the repairs beside them."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.repairs = RepairRepository(database)
