"""SQL that changes the prices of many variants, and what is derived of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.products.stock_repository import cases
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from microshop.platform.mysql import Database

_LISTINGS_OF = "SELECT id, listing_id FROM products WHERE id IN %(ids)s ORDER BY id"
_LOCK_LISTINGS = """
SELECT id
FROM listings FORCE INDEX (PRIMARY)
WHERE id IN %(ids)s
ORDER BY id
FOR UPDATE
"""
_SET_PRICES = """
UPDATE products FORCE INDEX (PRIMARY)
SET price_minor = CASE id {prices} END,
    currency = %(currency)s,
    version = version + 1,
    updated_at = %(now)s
WHERE id IN %(ids)s
"""
_MAIN_CATEGORIES = """
SELECT listing_id, name
FROM listing_categories FORCE INDEX (listing_categories_position)
JOIN category_texts ON category_texts.category_id = listing_categories.category_id
    AND language = %(language)s
WHERE listing_id IN %(ids)s
  AND position = 0
"""
# The variants on sale of listings/indexing.py.
_RANGES = """
SELECT listing_id, MIN(price_minor) AS lowest, MAX(price_minor) AS highest
FROM products FORCE INDEX (products_variant)
WHERE listing_id IN %(ids)s
  AND archived = FALSE
  AND currency = %(currency)s
GROUP BY listing_id
"""
_SET_RANGES = """
UPDATE listings FORCE INDEX (PRIMARY)
SET min_price_minor = CASE id {lowest} END,
    max_price_minor = CASE id {highest} END
WHERE id IN %(ids)s
"""
# Listings that are not active have no entries.
_SET_ON_SHELVES = """
UPDATE shelf_entries FORCE INDEX (shelf_entries_of_listing)
SET price_minor = CASE listing_id {lowest} END
WHERE listing_id IN %(ids)s
"""


class PriceRange(Value):
    """The lowest and the highest price of the variants of a listing that are on sale, in minor units."""

    listing_id: int
    lowest: int
    highest: int


class PriceRepository:
    """Changes the prices of many variants with a number of statements that does not depend on them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listings_of(self, product_ids: Collection[int]) -> dict[int, int | None]:
        """Returns the listings of products, by product id; None for those that are not adopted yet."""
        rows = self._database.rows(_LISTINGS_OF, {"ids": tuple(product_ids)})
        return {row["id"]: row["listing_id"] for row in rows}

    def lock_listings(self, listing_ids: Collection[int]) -> None:
        """Lock the rows of listings until the transaction ends, in the order of their ids."""
        self._database.rows(_LOCK_LISTINGS, {"ids": tuple(listing_ids)})

    def set_prices(self, prices: Mapping[int, int], currency: str) -> None:
        """Give variants, whose rows are locked, new prices in the minor unit of `currency`, by product id."""
        whens, values = cases("price", list(prices.items()))
        now = datetime.now(UTC)
        self._database.execute(
            _SET_PRICES.format(prices=whens), {**values, "ids": tuple(prices), "currency": currency, "now": now}
        )

    def main_categories(self, listing_ids: Collection[int], language: str) -> dict[int, str]:
        """Returns the names of the main categories of listings, by listing id."""
        rows = self._database.rows(_MAIN_CATEGORIES, {"ids": tuple(listing_ids), "language": language})
        return {row["listing_id"]: row["name"] for row in rows}

    def ranges(self, listing_ids: Collection[int], currency: str) -> list[PriceRange]:
        """Returns the prices of those listings that have variants on sale."""
        rows = self._database.rows(_RANGES, {"ids": tuple(listing_ids), "currency": currency})
        return [PriceRange(**row) for row in rows]

    def set_ranges(self, ranges: Sequence[PriceRange]) -> None:
        """Store the prices of listings, whose rows are locked, in their summaries and on their shelves."""
        if not ranges:
            return
        lowest, values = cases("lowest", [(each.listing_id, each.lowest) for each in ranges])
        highest, more = cases("highest", [(each.listing_id, each.highest) for each in ranges])
        ids = tuple(each.listing_id for each in ranges)
        self._database.execute(_SET_RANGES.format(lowest=lowest, highest=highest), {**values, **more, "ids": ids})
        self._database.execute(_SET_ON_SHELVES.format(lowest=lowest), {**values, "ids": ids})
