"""SQL that finds listings whose derived data is outdated, and remembers how far they are indexed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from microshop.platform.mysql import Database

# Two ranges of the index, because the outdated versions are on both sides of the current one.
_OUTDATED = """
SELECT id
FROM listings FORCE INDEX (listings_by_index_version)
WHERE index_version < %(version)s
   OR index_version > %(version)s
ORDER BY index_version, id
LIMIT %(limit)s
"""
_CATEGORY = """
SELECT id, refresh_after
FROM categories FORCE INDEX (categories_to_refresh)
WHERE refresh_after IS NOT NULL
ORDER BY refresh_after
LIMIT 1
"""
_IS_WAITING = "SELECT 1 FROM categories WHERE id = %(category_id)s AND refresh_after IS NOT NULL"
_OF_CATEGORY = """
SELECT listing_id
FROM listing_categories FORCE INDEX (listing_categories_of_category)
WHERE category_id = %(category_id)s
  AND listing_id > %(after)s
ORDER BY listing_id
LIMIT %(limit)s
"""
# Another change may have set it back in the meantime.
_CONTINUE = """
UPDATE categories
SET refresh_after = %(after)s
WHERE id = %(category_id)s
  AND refresh_after = %(before)s
"""
_SOLD_OUT_OR_BACK = """
SELECT DISTINCT listings.id
FROM products
JOIN listings ON listings.id = products.listing_id
WHERE products.id IN %(product_ids)s
  AND listings.min_price_minor IS NOT NULL
  AND listings.in_stock <> EXISTS (
      SELECT 1
      FROM products AS variants FORCE INDEX (products_variant)
      WHERE variants.listing_id = listings.id
        AND variants.archived = FALSE
        AND variants.currency = %(currency)s
        AND variants.stock > 0
  )
ORDER BY listings.id
"""
_SET_CATEGORY = """
UPDATE products
SET category = %(name)s
WHERE listing_id = %(listing_id)s
  AND category <> %(name)s
"""


class RefreshRepository:
    """Finds what must be indexed again, and remembers how far that is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def outdated(self, version: str, limit: int) -> list[int]:
        """Returns listings that were indexed with other rules or languages than those of `version`."""
        return [row["id"] for row in self._database.rows(_OUTDATED, {"version": version, "limit": limit})]

    def category(self) -> tuple[int, int] | None:
        """Returns a category whose listings must be indexed again, and the last id that was; None if there is none."""
        row = self._database.row(_CATEGORY)
        return (row["id"], row["refresh_after"]) if row else None

    def is_waiting(self, category_id: int) -> bool:
        """Whether listings of a category must be indexed again."""
        return self._database.row(_IS_WAITING, {"category_id": category_id}) is not None

    def of_category(self, category_id: int, after: int, limit: int) -> list[int]:
        """Returns the ids of listings of a category, those after `after` in their order."""
        values = {"category_id": category_id, "after": after, "limit": limit}
        return [row["listing_id"] for row in self._database.rows(_OF_CATEGORY, values)]

    def continue_after(self, category_id: int, before: int, after: int | None) -> None:
        """Store how far a category is; None if all its listings are indexed."""
        values = {"category_id": category_id, "before": before, "after": after}
        self._database.execute(_CONTINUE, values, idempotent=True)

    def sold_out_or_back(self, product_ids: Collection[int], currency: str) -> list[int]:
        """Returns the listings of these products whose stock has come to or from zero since they were indexed."""
        values = {"product_ids": tuple(product_ids), "currency": currency}
        return [row["id"] for row in self._database.rows(_SOLD_OUT_OR_BACK, values)]

    def set_category(self, listing_id: int, name: str) -> bool:
        """Copy the name of the main category to the products of a listing. Returns whether one had another name."""
        return self._database.execute(_SET_CATEGORY, {"listing_id": listing_id, "name": name}) > 0
