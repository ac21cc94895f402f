"""All SQL that writes the catalogue; stock has stock_repository.py."""

import json
from datetime import UTC, datetime

from microshop.errors import SkuTaken
from microshop.idempotency.repository import Answers
from microshop.messaging.outbox import Outbox
from microshop.platform.mysql import Database
from microshop.platform.mysql_errors import DuplicateKey
from microshop.platform.unit_of_work import UnitOfWork
from microshop.products.product import ManagedProduct, ProductDetails
from microshop.products.queries import COLUMNS, product_of
from microshop.products.stock_repository import StockRepository

_INSERT = """
INSERT INTO products (sku, name, description, category, image_urls, price_minor, currency, stock, low_stock_threshold,
                      version, archived, created_at, updated_at)
VALUES (%(sku)s, %(name)s, %(description)s, %(category)s, %(image_urls)s, %(price_minor)s, %(currency)s, %(stock)s,
        %(low_stock_threshold)s, 1, FALSE, %(now)s, %(now)s)
"""
_LOCKED = f"""
SELECT {COLUMNS}, low_stock_threshold
FROM products
WHERE id = %(id)s
  AND archived = FALSE
FOR UPDATE
"""  # noqa: S608 - the columns are a constant
_UPDATE = """
UPDATE products
SET sku = %(sku)s,
    name = %(name)s,
    description = %(description)s,
    category = %(category)s,
    image_urls = %(image_urls)s,
    price_minor = %(price_minor)s,
    currency = %(currency)s,
    low_stock_threshold = COALESCE(%(low_stock_threshold)s, low_stock_threshold),
    version = version + 1,
    updated_at = %(now)s
WHERE id = %(id)s
  AND version = %(version)s
"""
_ARCHIVE = """
UPDATE products
SET archived = TRUE,
    version = version + 1,
    updated_at = %(now)s
WHERE id = %(id)s
  AND version = %(version)s
  AND archived = FALSE
"""


class ProductRepository:
    """Makes and changes products, within a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, details: ProductDetails, stock: int) -> int:
        """Insert a product; its id.

        Raises:
            SkuTaken: the unique key on the SKU says so.
        """
        try:
            return self._database.insert(_INSERT, {**_columns(details), "stock": stock})
        except DuplicateKey:
            raise SkuTaken from None

    def locked(self, product_id: int) -> ManagedProduct | None:
        """The product, which nobody else changes until the transaction ends; None where it is not on sale."""
        row = self._database.row(_LOCKED, {"id": product_id})
        if row is None:
            return None
        threshold = int(row.pop("low_stock_threshold"))
        return ManagedProduct(product_of(row), threshold)

    def update(self, product_id: int, version: int, details: ProductDetails) -> None:
        """Set what is in `details` on the product of this version.

        Raises:
            SkuTaken: another product has the SKU.
        """
        try:
            self._database.execute(_UPDATE, {**_columns(details), "id": product_id, "version": version})
        except DuplicateKey:
            raise SkuTaken from None

    def archive(self, product_id: int, version: int) -> None:
        """Take the product of this version off sale."""
        self._database.execute(_ARCHIVE, {"id": product_id, "version": version, "now": datetime.now(UTC)})


class ProductsUnitOfWork(UnitOfWork):
    """A transaction over the catalogue, its stock, stored answers and the outbox."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.products = ProductRepository(database)
        self.stock = StockRepository(database)
        self.answers = Answers(database)
        self.outbox = Outbox(database)


def _columns(details: ProductDetails) -> dict[str, object]:
    return {
        "sku": details.sku,
        "name": details.name,
        "description": details.description,
        "category": details.category,
        "image_urls": json.dumps(details.image_urls),
        "price_minor": details.price_minor,
        "currency": details.currency,
        "low_stock_threshold": details.low_stock_threshold,
        "now": datetime.now(UTC),
    }
