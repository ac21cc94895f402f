"""The transaction in which staff note something about an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.repository import AuditLog
from microshop.idempotency.repository import ResultRepository
from microshop.order_notes.repository import OrderNotesRepository
from microshop.order_notes.view import order_note_view, parse_order_note
from microshop.platform.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from microshop.platform.mysql import Database


class OrderNotesUnitOfWork(UnitOfWork):
    """A transaction over notes, stored results and the audit log."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.notes = OrderNotesRepository(database)
        self.results = ResultRepository(database, order_note_view, parse_order_note)
        self.audit = AuditLog(database)
