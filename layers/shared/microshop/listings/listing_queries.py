"""SQL that reads the page of one listing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from microshop.categories.category import ids_of
from microshop.listings.options import chosen_options
from microshop.listings.shown_listing import CategoryLink, NamedBrand, ShownListing, ShownVariant

if TYPE_CHECKING:
    from collections.abc import Collection

    from microshop.listings.locale import Locale
    from microshop.platform.mysql import Database, Row

_LISTING = """
SELECT listings.id, slug, brand_id, brands.name AS brand_name, options, image_urls, listings.version,
       listings.created_at, listings.updated_at
FROM listings
JOIN listing_slugs ON listing_slugs.listing_id = listings.id AND is_current = TRUE
LEFT JOIN brands FORCE INDEX (PRIMARY) ON brands.id = brand_id
WHERE listings.id = %(id)s
  AND state = 'active'
"""
_TEXTS = """
SELECT language, name, description
FROM listing_texts
WHERE listing_id = %(id)s
  AND language IN (%(language)s, %(default_language)s)
"""
_VARIANTS = """
SELECT id, sku, options_key, price_minor, stock, image_urls
FROM products FORCE INDEX (products_variant)
WHERE listing_id = %(id)s
  AND archived = FALSE
  AND currency = %(currency)s
"""
_CATEGORIES = """
SELECT category_id, path
FROM listing_categories
JOIN categories ON categories.id = category_id
WHERE listing_id = %(id)s
ORDER BY listing_categories.position
"""
_CATEGORY_NAMES = """
SELECT id, slug, COALESCE(texts.name, default_texts.name) AS name
FROM categories
JOIN category_texts AS default_texts
    ON default_texts.category_id = id AND default_texts.language = %(default_language)s
LEFT JOIN category_texts AS texts ON texts.category_id = id AND texts.language = %(language)s
WHERE id IN %(ids)s
"""
_ID_OF_SLUG = "SELECT listing_id FROM listing_slugs WHERE slug = %(slug)s"
_OF_PRODUCTS = "SELECT DISTINCT listing_id FROM products WHERE id IN %(ids)s AND listing_id IS NOT NULL"


class ListingQueries:
    """Reads active listings that have a variant on sale with a price in the currency of the shop."""

    def __init__(self, database: Database, locale: Locale) -> None:
        self._database = database
        self._locale = locale

    def shown(self, listing_id: int) -> ShownListing | None:
        """Returns the page of a listing, in the default language if it has no text in that of the locale."""
        values = {**self._locale.parameters, "id": listing_id}
        row = self._database.row(_LISTING, values)
        variants = self._database.rows(_VARIANTS, values) if row else []
        if row is None or not variants:
            return None
        texts = {text["language"]: text for text in self._database.rows(_TEXTS, values)}
        language = self._locale.language if self._locale.language in texts else self._locale.default_language
        categories = self._database.rows(_CATEGORIES, values)
        breadcrumbs = ids_of(categories[0]["path"]) if categories else []
        names = self._named({*breadcrumbs, *(category["category_id"] for category in categories)}, values)
        return ShownListing(
            id=listing_id,
            slug=row["slug"],
            language=language,
            name=texts[language]["name"],
            description=texts[language]["description"],
            brand=NamedBrand(row["brand_id"], row["brand_name"]) if row["brand_id"] else None,
            image_urls=tuple(json.loads(row["image_urls"])),
            breadcrumbs=[names[category_id] for category_id in breadcrumbs if category_id in names],
            categories=[names[each["category_id"]] for each in categories if each["category_id"] in names],
            options=json.loads(row["options"]),
            variants=[_variant(variant) for variant in variants],
            version=row["version"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
        )

    def id_of_slug(self, slug: str) -> int | None:
        """Returns the id of the listing that has or had a slug, or None if none did."""
        row = self._database.row(_ID_OF_SLUG, {"slug": slug})
        return int(row["listing_id"]) if row else None

    def _named(self, category_ids: Collection[int], values: dict[str, object]) -> dict[int, CategoryLink]:
        if not category_ids:
            return {}
        rows = self._database.rows(_CATEGORY_NAMES, {**values, "ids": tuple(category_ids)})
        return {row["id"]: CategoryLink(row["id"], row["slug"], row["name"]) for row in rows}


class ListingsOfProducts:
    """Finds the listings of products. A product never moves to another listing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ids(self, product_ids: Collection[int]) -> list[int]:
        """Returns the ids of the listings; products of the previous release have none yet."""
        if not product_ids:
            return []
        return [row["listing_id"] for row in self._database.rows(_OF_PRODUCTS, {"ids": tuple(product_ids)})]


def _variant(row: Row) -> ShownVariant:
    return ShownVariant(
        row["id"],
        row["sku"],
        chosen_options(row["options_key"]),
        row["price_minor"],
        row["stock"],
        tuple(json.loads(row["image_urls"])),
    )
