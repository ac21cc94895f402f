"""SQL that reads what facets count and name."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from microshop.collation import sort_key
from microshop.listings.facets import FacetVariant
from microshop.listings.id_batches import rows_of
from microshop.listings.options import chosen_options
from microshop.listings.shown_listing import CategoryLink, NamedBrand

if TYPE_CHECKING:
    from collections.abc import Collection

    from microshop.listings.locale import Locale
    from microshop.listings.shown_listing import StoredOption
    from microshop.platform.mysql import Database

_BRANDS_OF_LISTINGS = "SELECT id, brand_id FROM listings WHERE id IN %(ids)s"
_VARIANTS = """
SELECT listing_id, options_key, price_minor, stock > 0 AS in_stock
FROM products FORCE INDEX (products_variant)
WHERE listing_id IN %(ids)s
  AND archived = FALSE
  AND currency = %(currency)s
"""
_OPTIONS = "SELECT options FROM listings WHERE id IN %(ids)s ORDER BY id"
_BRANDS = "SELECT id, name FROM brands WHERE id IN %(ids)s"
_PATH = "SELECT path FROM categories WHERE id = %(id)s"
_PATHS_OF_LISTINGS = """
SELECT listing_id, path
FROM listing_categories FORCE INDEX (PRIMARY)
JOIN categories ON categories.id = category_id
WHERE listing_id IN %(ids)s
"""
_CATEGORIES = """
SELECT id, slug, COALESCE(texts.name, default_texts.name) AS name, position
FROM categories
JOIN category_texts AS default_texts
    ON default_texts.category_id = id AND default_texts.language = %(default_language)s
LEFT JOIN category_texts AS texts ON texts.category_id = id AND texts.language = %(language)s
WHERE id IN %(ids)s
"""


class FacetQueries:
    """Reads listings, with the variants on sale that have a price in the currency of the shop."""

    def __init__(self, database: Database, locale: Locale) -> None:
        self._database = database
        self._locale = locale

    def variants(self, listing_ids: Collection[int]) -> list[FacetVariant]:
        """Returns all variants on sale of the listings."""
        if not listing_ids:
            return []
        values = {**self._locale.parameters, "ids": tuple(listing_ids)}
        brands = {row["id"]: row["brand_id"] for row in self._database.rows(_BRANDS_OF_LISTINGS, values)}
        return [
            FacetVariant(
                row["listing_id"],
                brands.get(row["listing_id"]),
                chosen_options(row["options_key"]),
                row["price_minor"],
                bool(row["in_stock"]),
            )
            for row in self._database.rows(_VARIANTS, values)
        ]

    def options(self, listing_ids: Collection[int]) -> list[StoredOption]:
        """Returns the options of the listings, with their names, the oldest listing first."""
        rows = rows_of(self._database, _OPTIONS, listing_ids, {})
        return [option for row in rows for option in json.loads(row["options"])]

    def brands(self, brand_ids: Collection[int]) -> list[NamedBrand]:
        """Returns brands, sorted by name as readers of the language expect."""
        if not brand_ids:
            return []
        rows = self._database.rows(_BRANDS, {"ids": tuple(brand_ids)})
        rows.sort(key=lambda row: (sort_key(row["name"], self._locale.language), row["id"]))
        return [NamedBrand(row["id"], row["name"]) for row in rows]

    def children(
        self, category_id: int | None, listing_ids: Collection[int]
    ) -> list[tuple[CategoryLink, frozenset[int]]]:
        """Returns the direct children of a category, or the top level, that contain listings, in their order.

        A child also contains the listings of the categories below it.
        """
        parent = self._path(category_id)
        if parent is None or not listing_ids:
            return []
        found = defaultdict[int, set[int]](set)
        for row in rows_of(self._database, _PATHS_OF_LISTINGS, listing_ids, {}):
            path = row["path"]
            if path.startswith(parent) and path != parent:
                found[int(path.removeprefix(parent).split("/", 1)[0])].add(row["listing_id"])
        if not found:
            return []
        rows = self._database.rows(_CATEGORIES, {**self._locale.parameters, "ids": tuple(found)})
        language = self._locale.language
        rows.sort(key=lambda row: (row["position"], sort_key(row["name"], language)))
        return [(CategoryLink(row["id"], row["slug"], row["name"]), frozenset(found[row["id"]])) for row in rows]

    def _path(self, category_id: int | None) -> str | None:
        if category_id is None:
            return "/"
        row = self._database.row(_PATH, {"id": category_id})
        return row["path"] if row else None
