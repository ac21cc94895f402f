"""The transaction of changes of the category tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.repository import AuditLog
from microshop.categories.staff_view import added_category_view, parse_added_category
from microshop.categories.tree_repository import CategoryTreeRepository
from microshop.idempotency.repository import ResultRepository
from microshop.platform.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from microshop.platform.mysql import Database


class CategoriesUnitOfWork(UnitOfWork):
    """A transaction over the category tree, stored results and the audit log."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.tree = CategoryTreeRepository(database)
        self.results = ResultRepository(database, added_category_view, parse_added_category)
        self.audit = AuditLog(database)
