"""SQL that writes what is derived of a listing: its shelf entries and the summary of its variants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Collection

    from microshop.platform.mysql import Database

ALL = "all"

_ENTRIES = """
SELECT shelf, language, name_key, price_minor
FROM shelf_entries FORCE INDEX (shelf_entries_of_listing)
WHERE listing_id = %(listing_id)s
"""
_PUT = """
INSERT INTO shelf_entries (shelf, language, listing_id, name_key, price_minor)
VALUES {rows}
ON DUPLICATE KEY UPDATE name_key = VALUES(name_key), price_minor = VALUES(price_minor)
"""
_DELETE = """
DELETE FROM shelf_entries
WHERE shelf = %(shelf)s
  AND language = %(language)s
  AND listing_id = %(listing_id)s
"""
_SUMMARISE = """
UPDATE listings
SET min_price_minor = %(min_price_minor)s,
    max_price_minor = %(max_price_minor)s,
    in_stock = %(in_stock)s,
    index_version = %(index_version)s
WHERE id = %(listing_id)s
"""


class ShelfEntry(Value):
    """A listing on a shelf in one language. The price is the lowest of its variants on sale, in minor units."""

    shelf: str
    language: str
    name_key: bytes
    price_minor: int


class ListingSummary(Value):
    """The variants on sale in numbers; without any, the prices are None. Prices are in minor units."""

    min_price_minor: int | None
    max_price_minor: int | None
    in_stock: bool


class ShelfRepository:
    """Writes derived data of listings. The caller has locked the listing's row."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, listing_id: int, entries: Collection[ShelfEntry]) -> None:
        """Make these the entries of a listing. Writes only what differs."""
        rows = self._database.rows(_ENTRIES, {"listing_id": listing_id})
        before = {ShelfEntry(**row) for row in rows}
        kept = {(entry.shelf, entry.language) for entry in entries}
        # In one order, so that two transactions wait for each other and do not deadlock.
        for entry in sorted(before, key=_place):
            if (entry.shelf, entry.language) not in kept:
                place = {"shelf": entry.shelf, "language": entry.language, "listing_id": listing_id}
                self._database.execute(_DELETE, place)
        changed = sorted(set(entries) - before, key=_place)
        if changed:
            added = [(each.shelf, each.language, listing_id, each.name_key, each.price_minor) for each in changed]
            placeholders = ", ".join(["(%s, %s, %s, %s, %s)"] * len(added))
            self._database.execute(_PUT.format(rows=placeholders), [value for row in added for value in row])

    def summarise(self, listing_id: int, summary: ListingSummary, index_version: str) -> None:
        """Store the summary, and the version of the rules by which the listing was indexed."""
        values = {**vars(summary), "listing_id": listing_id, "index_version": index_version}
        self._database.execute(_SUMMARISE, values)


def _place(entry: ShelfEntry) -> tuple[str, str]:
    return entry.shelf, entry.language
