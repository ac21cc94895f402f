"""The transaction in which admins change the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.repository import AuditLog
from microshop.idempotency.repository import ResultRepository
from microshop.messaging.outbox import Outbox
from microshop.platform.unit_of_work import UnitOfWork
from microshop.products.repository import ProductRepository
from microshop.products.stock_repository import StockRepository
from microshop.products.view import (
    adjusted_stock_view,
    changed_stock_view,
    created_product_view,
    parse_adjusted_stock,
    parse_changed_stock,
    parse_created_product,
)

if TYPE_CHECKING:
    from microshop.platform.mysql import Database


class ProductsUnitOfWork(UnitOfWork):
    """A transaction over the catalogue, its stock, stored results, the audit log and the outbox."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.products = ProductRepository(database)
        self.stock = StockRepository(database)
        self.stock_results = ResultRepository(database, adjusted_stock_view, parse_adjusted_stock)
        self.changed_stock_results = ResultRepository(database, changed_stock_view, parse_changed_stock)
        self.product_results = ResultRepository(database, created_product_view, parse_created_product)
        self.outbox = Outbox(database)
        self.audit = AuditLog(database)
