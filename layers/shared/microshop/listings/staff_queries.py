"""Queries for listings as staff see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.listings.listing import State
from microshop.listings.managed_listing import FoundListing, ManagedListing
from microshop.listings.repository import ListingRepository
from microshop.listings.variant_repository import VariantRepository

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.listings.listing import Listing
    from microshop.listings.managed_listing import ListingPosition
    from microshop.platform.mysql import Database

_NEWEST = """
SELECT id
FROM listings FORCE INDEX (PRIMARY)
WHERE id < %(before_id)s
ORDER BY id DESC
LIMIT %(limit)s
"""
_IN_STATE = """
SELECT id
FROM listings FORCE INDEX (listings_by_state)
WHERE state = %(state)s
  AND id < %(before_id)s
ORDER BY id DESC
LIMIT %(limit)s
"""
_WITH_SKU = "SELECT listing_id AS id FROM products WHERE sku = %(sku)s AND listing_id IS NOT NULL"
_NAMED = """
SELECT listing_id AS id
FROM listing_texts FORCE INDEX (listing_texts_by_name)
WHERE language = %(language)s
  AND name LIKE %(prefix)s
ORDER BY name, listing_id
LIMIT %(limit)s
"""
# The alternatives are two ranges of the index, as in products/queries.py.
_NAMED_AFTER = """
SELECT listing_id AS id
FROM listing_texts FORCE INDEX (listing_texts_by_name)
WHERE language = %(language)s
  AND name LIKE %(prefix)s
  AND (name > %(after_name)s OR (name = %(after_name)s AND listing_id > %(after_id)s))
ORDER BY name, listing_id
LIMIT %(limit)s
"""
_LISTED = """
SELECT listings.id, state, slug, listing_texts.name, brands.name AS brand, in_stock, listings.version,
       listings.created_at, listings.updated_at
FROM listings
JOIN listing_texts ON listing_texts.listing_id = listings.id
    AND language = %(language)s
JOIN listing_slugs ON listing_slugs.listing_id = listings.id
    AND is_current = TRUE
LEFT JOIN brands FORCE INDEX (PRIMARY) ON brands.id = brand_id
WHERE listings.id IN %(ids)s
"""


class StaffQueries:
    """Reads listings in any state."""

    def __init__(self, database: Database, default_language: str) -> None:
        self._database = database
        self._language = default_language
        self._listings = ListingRepository(database)
        self._variants = VariantRepository(database)

    def listing(self, listing_id: int) -> ManagedListing | None:
        """Returns a listing with its slugs and variants, or None if it does not exist."""
        found = self._listings.read(listing_id)
        return None if found is None else self.managed(found)

    def managed(self, listing: Listing) -> ManagedListing:
        """Returns a listing with its slugs and variants."""
        return ManagedListing(listing, self._listings.slugs(listing.id), self._variants.of_listing(listing.id))

    def newest(self, state: State | None, before_id: int, limit: int) -> list[FoundListing]:
        """Returns listings in a state, or in all, that are older than `before_id`, the newest first."""
        sql = _NEWEST if state is None else _IN_STATE
        return self._listed(sql, {"state": state, "before_id": before_id, "limit": limit})

    def with_sku(self, sku: str) -> list[FoundListing]:
        """Returns the listing of the variant with this SKU."""
        return self._listed(_WITH_SKU, {"sku": sku})

    def named(self, text: str, after: ListingPosition | None, limit: int) -> list[FoundListing]:
        """Returns listings whose name in the default language begins with `text`, sorted by name."""
        values: dict[str, object] = {"language": self._language, "prefix": _prefix(text), "limit": limit}
        if after is None:
            return self._listed(_NAMED, values)
        return self._listed(_NAMED_AFTER, {**values, "after_name": after.name, "after_id": after.id})

    def _listed(self, sql: str, values: dict[str, object]) -> list[FoundListing]:
        ids: Sequence[int] = [row["id"] for row in self._database.rows(sql, values)]
        if not ids:
            return []
        rows = self._database.rows(_LISTED, {"ids": tuple(ids), "language": self._language})
        found = {
            row["id"]: FoundListing(**{**row, "state": State(row["state"]), "in_stock": bool(row["in_stock"])})
            for row in rows
        }
        return [found[listing_id] for listing_id in ids if listing_id in found]


def _prefix(text: str) -> str:
    """Returns the pattern of LIKE for texts that begin with `text`. Both servers escape with a backslash."""
    escaped = text
    for character in ("\\", "%", "_"):
        escaped = escaped.replace(character, f"\\{character}")
    return f"{escaped}%"
