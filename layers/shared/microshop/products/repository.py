"""All SQL that writes the catalogue, except stock (stock_repository.py)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.errors import EqualVariant, SkuTaken
from microshop.platform.mysql_errors import DuplicateKey
from microshop.products.product import ManagedProduct
from microshop.products.queries import COLUMNS, DETAILS, product_of

if TYPE_CHECKING:
    from microshop.platform.mysql import Database
    from microshop.products.product import ProductDetails

VARIANT_KEY = "products_variant"
_INSERT = f"""
INSERT INTO products ({", ".join(DETAILS)}, stock, low_stock_threshold, listing_id, options_key, variant_key, archived,
                      hidden_by_listing, version, created_at, updated_at)
VALUES ({", ".join(f"%({name})s" for name in DETAILS)}, %(stock)s, %(low_stock_threshold)s, %(listing_id)s,
        %(options_key)s, %(options_key)s, %(is_hidden)s, %(is_hidden)s, 1, %(now)s, %(now)s)
"""  # noqa: S608 - the columns are a constant
_LOCK = f"""
SELECT {COLUMNS}, low_stock_threshold
FROM products
WHERE id = %(id)s
  AND archived = FALSE
FOR UPDATE
"""  # noqa: S608 - the columns are a constant
_UPDATE = f"""
UPDATE products
SET {", ".join(f"{name} = %({name})s" for name in DETAILS)},
    low_stock_threshold = COALESCE(%(low_stock_threshold)s, low_stock_threshold),
    version = version + 1,
    updated_at = %(now)s
WHERE id = %(id)s
  AND version = %(version)s
"""  # noqa: S608 - the columns are a constant
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
    """Creates and changes products within a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, details: ProductDetails, stock: int, *, listing_id: int, options_key: str = "", is_hidden: bool = False
    ) -> int:
        """Insert a product as a variant of a listing. Returns its id. A hidden one waits for its listing to be active.

        Raises:
            SkuTaken: another product has the SKU.
            EqualVariant: the listing has a variant with these options.
        """
        variant = {"stock": stock, "listing_id": listing_id, "options_key": options_key, "is_hidden": is_hidden}
        try:
            return self._database.insert(_INSERT, {**_values(details), **variant})
        except DuplicateKey as error:
            raise (EqualVariant if error.key == VARIANT_KEY else SkuTaken) from None

    def lock(self, product_id: int) -> ManagedProduct | None:
        """Lock the row of a product until the transaction ends. Returns the product, or None if it is not on sale."""
        row = self._database.row(_LOCK, {"id": product_id})
        if row is None:
            return None
        threshold = int(row.pop("low_stock_threshold"))
        return ManagedProduct(product_of(row), threshold)

    def update(self, product_id: int, version: int, details: ProductDetails) -> None:
        """Replace the details of the product if it has this version.

        Raises:
            SkuTaken: another product has the SKU.
        """
        try:
            self._database.execute(_UPDATE, {**_values(details), "id": product_id, "version": version})
        except DuplicateKey:
            raise SkuTaken from None

    def archive(self, product_id: int, version: int) -> None:
        """Take the product off sale if it has this version."""
        self._database.execute(_ARCHIVE, {"id": product_id, "version": version, "now": datetime.now(UTC)})


def _values(details: ProductDetails) -> dict[str, object]:
    return {**vars(details), "image_urls": json.dumps(details.image_urls), "now": datetime.now(UTC)}
