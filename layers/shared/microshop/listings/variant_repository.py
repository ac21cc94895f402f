"""SQL on the products of a listing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.errors import EqualVariant, SkuTaken
from microshop.listings.variant import UnadoptedProduct, Variant
from microshop.platform.mysql_errors import DuplicateKey
from microshop.products.repository import VARIANT_KEY

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from microshop.listings.variant import VariantDetails
    from microshop.platform.mysql import Database, Row

_COLUMNS = """
id, listing_id, sku, name, options_key, image_urls, price_minor, currency, stock, low_stock_threshold, archived,
hidden_by_listing, variant_key IS NULL AS is_released, version, created_at, updated_at
"""
_LISTING_OF = "SELECT listing_id FROM products WHERE id = %(id)s"
_OF_LISTING = f"""
SELECT {_COLUMNS}
FROM products FORCE INDEX (products_variant)
WHERE listing_id = %(listing_id)s
ORDER BY id
"""  # noqa: S608 - the columns are a constant
_UNADOPTED = """
SELECT id
FROM products FORCE INDEX (products_variant)
WHERE listing_id IS NULL
  AND variant_key = ''
ORDER BY id
LIMIT %(limit)s
"""
_LOCK_UNADOPTED = """
SELECT id, name, description, category, image_urls, archived
FROM products
WHERE id = %(id)s
  AND listing_id IS NULL
FOR UPDATE
"""
# A product of the previous release becomes a variant. Archived ones come back with their listing.
_CATEGORY_OF = "SELECT category FROM products WHERE listing_id = %(listing_id)s ORDER BY id LIMIT 1"
_ADOPT = """
UPDATE products
SET listing_id = %(listing_id)s,
    hidden_by_listing = archived,
    category = %(category)s
WHERE id = %(id)s
  AND listing_id IS NULL
"""
_HIDE = """
UPDATE products
SET archived = TRUE,
    hidden_by_listing = TRUE,
    version = version + 1,
    updated_at = %(now)s
WHERE listing_id = %(listing_id)s
  AND archived = FALSE
"""
_SHOW = """
UPDATE products
SET archived = FALSE,
    hidden_by_listing = FALSE,
    version = version + 1,
    updated_at = %(now)s
WHERE listing_id = %(listing_id)s
  AND hidden_by_listing = TRUE
"""
_COPY_FROM_LISTING = """
UPDATE products
SET name = %(name)s,
    description = %(description)s,
    category = %(category)s,
    image_urls = %(image_urls)s,
    version = version + 1,
    updated_at = %(now)s
WHERE id = %(id)s
"""
# The primary key is forced, so that the rows are locked in its order, as orders lock them (stock_repository.py).
_LOCK = f"""
SELECT {_COLUMNS}
FROM products FORCE INDEX (PRIMARY)
WHERE id IN %(ids)s
ORDER BY id
FOR UPDATE
"""  # noqa: S608 - the columns are a constant
_UPDATE = """
UPDATE products
SET sku = %(sku)s,
    price_minor = %(price_minor)s,
    currency = %(currency)s,
    low_stock_threshold = %(low_stock_threshold)s,
    image_urls = %(image_urls)s,
    version = version + 1,
    updated_at = %(now)s
WHERE id = %(id)s
"""
_WITHDRAW = """
UPDATE products
SET archived = TRUE,
    hidden_by_listing = FALSE,
    version = version + 1,
    updated_at = %(now)s
WHERE id = %(id)s
"""
_RELEASE = """
UPDATE products
SET archived = TRUE,
    hidden_by_listing = FALSE,
    sku = CONCAT('~', id),
    variant_key = NULL,
    version = version + 1,
    updated_at = %(now)s
WHERE id = %(id)s
"""
_RESTORE = """
UPDATE products
SET archived = %(is_hidden)s,
    hidden_by_listing = %(is_hidden)s,
    sku = %(sku)s,
    variant_key = options_key,
    version = version + 1,
    updated_at = %(now)s
WHERE id = %(id)s
"""


class VariantRepository:
    """Reads and changes the variants of a listing. The caller has locked the listing's row before a change."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listing_of(self, product_id: int) -> int | None:
        """Returns the id of a product's listing; None if the product does not exist or is not adopted yet."""
        row = self._database.row(_LISTING_OF, {"id": product_id})
        return row["listing_id"] if row else None

    def of_listing(self, listing_id: int) -> list[Variant]:
        """Returns all variants of a listing, also archived ones, the oldest first."""
        return [_variant(row) for row in self._database.rows(_OF_LISTING, {"listing_id": listing_id})]

    def unadopted(self, limit: int) -> list[int]:
        """Returns the ids of products without a listing, the oldest first."""
        return [row["id"] for row in self._database.rows(_UNADOPTED, {"limit": limit})]

    def lock_unadopted(self, product_id: int) -> UnadoptedProduct | None:
        """Lock the row of a product without a listing. Returns the product, or None if there is none."""
        row = self._database.row(_LOCK_UNADOPTED, {"id": product_id})
        if row is None:
            return None
        is_archived, image_urls = bool(row.pop("archived")), tuple(json.loads(row.pop("image_urls")))
        return UnadoptedProduct(**row, image_urls=image_urls, is_archived=is_archived)

    def category_of(self, listing_id: int) -> str:
        """Returns the category that the products of a listing have."""
        row = self._database.row(_CATEGORY_OF, {"listing_id": listing_id})
        return str(row["category"]) if row else ""

    def adopt(self, product_id: int, listing_id: int, category: str) -> None:
        """Make a product without a listing, whose row is locked, the variant of a new one."""
        self._database.execute(_ADOPT, {"id": product_id, "listing_id": listing_id, "category": category})

    def hide(self, listing_id: int) -> None:
        """Take the variants of a listing off sale, until `show`."""
        self._database.execute(_HIDE, {"listing_id": listing_id, "now": datetime.now(UTC)})

    def show(self, listing_id: int) -> None:
        """Put those variants of a listing on sale that were not archived on their own."""
        self._database.execute(_SHOW, {"listing_id": listing_id, "now": datetime.now(UTC)})

    def copy_from_listing(
        self, product_id: int, *, name: str, description: str, category: str, image_urls: Sequence[str]
    ) -> None:
        """Store what a variant has of its listing."""
        texts = {"name": name, "description": description, "category": category, "image_urls": json.dumps(image_urls)}
        self._database.execute(_COPY_FROM_LISTING, {**texts, "id": product_id, "now": datetime.now(UTC)})

    def lock(self, product_ids: Collection[int]) -> list[Variant]:
        """Lock the rows of variants until the transaction ends, in the order of their ids. Returns the variants."""
        rows = self._database.rows(_LOCK, {"ids": tuple(product_ids)})
        return [_variant(row) for row in rows if row["listing_id"] is not None]

    def update(self, product_id: int, details: VariantDetails) -> None:
        """Replace the details of a variant.

        Raises:
            SkuTaken: another product has the SKU.
        """
        self._change(_UPDATE, product_id, {**vars(details), "image_urls": json.dumps(details.image_urls)})

    def withdraw(self, product_id: int, *, releases: bool) -> None:
        """Archive a variant. With `releases`, other products may then have its SKU and options.

        Raises:
            SkuTaken: another product has the SKU that released variants get.
        """
        self._change(_RELEASE if releases else _WITHDRAW, product_id, {})

    def restore(self, product_id: int, sku: str, *, is_hidden: bool) -> None:
        """Bring an archived variant back.

        Raises:
            SkuTaken: another product has the SKU.
            EqualVariant: another variant of the listing has its options.
        """
        self._change(_RESTORE, product_id, {"sku": sku, "is_hidden": is_hidden})

    def _change(self, sql: str, product_id: int, values: Mapping[str, object]) -> None:
        try:
            self._database.execute(sql, {**values, "id": product_id, "now": datetime.now(UTC)})
        except DuplicateKey as error:
            raise (EqualVariant if error.key == VARIANT_KEY else SkuTaken) from None


def _variant(row: Row) -> Variant:
    flags = {name: bool(row[name]) for name in ("archived", "hidden_by_listing", "is_released")}
    return Variant(**{**row, **flags, "image_urls": tuple(json.loads(row["image_urls"]))})
