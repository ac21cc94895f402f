"""SQL that writes listings, their texts, slugs, categories and brands."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.collation import name_key
from microshop.errors import SlugTaken
from microshop.listings.listing import Listing, ListingText, State, slugs_for
from microshop.listings.options import options_json, parse_options

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from microshop.listings.listing import ListingDetails
    from microshop.platform.mysql import Database, Row

_INSERT = """
INSERT INTO listings (state, brand_id, options, image_urls, created_at, updated_at)
VALUES (%(state)s, %(brand_id)s, %(options)s, %(image_urls)s, %(now)s, %(now)s)
"""
_LOCK = """
SELECT listings.id, state, slug, brand_id, brands.name AS brand, options, image_urls, listings.version,
       listings.created_at, listings.updated_at
FROM listings
JOIN listing_slugs ON listing_slugs.listing_id = listings.id
    AND is_current = TRUE
LEFT JOIN brands FORCE INDEX (PRIMARY) ON brands.id = brand_id
WHERE listings.id = %(id)s
"""
_TEXTS = "SELECT language, name, description FROM listing_texts WHERE listing_id = %(id)s ORDER BY language"
_CATEGORIES = """
SELECT category_id
FROM listing_categories FORCE INDEX (listing_categories_position)
WHERE listing_id = %(id)s
ORDER BY position
"""
_UPDATE = """
UPDATE listings
SET brand_id = %(brand_id)s,
    options = %(options)s,
    image_urls = %(image_urls)s,
    version = version + 1,
    updated_at = %(now)s
WHERE id = %(id)s
  AND version = %(version)s
"""
_SET_STATE = """
UPDATE listings
SET state = %(state)s,
    version = version + 1,
    updated_at = %(now)s
WHERE id = %(id)s
  AND version = %(version)s
"""
_DELETE_TEXTS = "DELETE FROM listing_texts WHERE listing_id = %(id)s"
_ADD_TEXT = """
INSERT INTO listing_texts (listing_id, language, name, description)
VALUES (%(id)s, %(language)s, %(name)s, %(description)s)
"""
# The lock prevents that a category is deleted before this transaction ends.
_LOCK_CATEGORIES = "SELECT id FROM categories WHERE id IN %(ids)s LOCK IN SHARE MODE"
_DELETE_CATEGORIES = "DELETE FROM listing_categories WHERE listing_id = %(id)s"
_ADD_CATEGORY = """
INSERT INTO listing_categories (listing_id, category_id, position)
VALUES (%(id)s, %(category_id)s, %(position)s)
"""
_RETIRE_SLUG = "UPDATE listing_slugs SET is_current = NULL WHERE listing_id = %(id)s AND is_current = TRUE"
# A listing may return to a slug that it had before.
_ADD_SLUG = """
INSERT INTO listing_slugs (slug, listing_id, is_current)
VALUES (%(slug)s, %(id)s, TRUE)
ON DUPLICATE KEY UPDATE is_current = IF(listing_id = %(id)s, TRUE, is_current)
"""
_SLUGS = "SELECT slug FROM listing_slugs WHERE listing_id = %(id)s ORDER BY is_current DESC, slug"
_OWNER_OF_SLUG = "SELECT listing_id FROM listing_slugs WHERE slug = %(slug)s"
# LAST_INSERT_ID(id) makes the id of an existing brand the result of the statement.
_FIND_OR_ADD_BRAND = """
INSERT INTO brands (name, name_key, created_at, updated_at)
VALUES (%(name)s, %(name_key)s, %(now)s, %(now)s)
ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id)
"""


class ListingRepository:
    """Creates and changes listings within a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, details: ListingDetails, state: State, default_language: str) -> int:
        """Insert a listing with its texts, slug and categories. Returns its id. Its version is 1.

        Raises:
            SlugTaken: another listing has or had the slug that `details` names.
        """
        values = {**self._columns(details), "state": state}
        listing_id = self._database.insert(_INSERT, values)
        self._add_texts(listing_id, details.texts)
        self._add_categories(listing_id, details.category_ids)
        self.set_slug(listing_id, details.slug, details.texts[default_language].name)
        return listing_id

    def lock(self, listing_id: int) -> Listing | None:
        """Lock the row of a listing until the transaction ends. Returns the listing, or None if it does not exist."""
        # Alone and first: a lock of the whole join would also lock the brand, which other listings have too.
        if self._database.row("SELECT id FROM listings WHERE id = %(id)s FOR UPDATE", {"id": listing_id}) is None:
            return None
        return self.read(listing_id)

    def read(self, listing_id: int) -> Listing | None:
        """Returns a listing in any state, or None if it does not exist."""
        row = self._database.row(_LOCK, {"id": listing_id})
        if row is None:
            return None
        texts = {
            text["language"]: ListingText(text["name"], text["description"]) for text in self._rows(_TEXTS, listing_id)
        }
        return Listing(
            **{
                **row,
                "state": State(row["state"]),
                "options": parse_options(row["options"]),
                "image_urls": tuple(json.loads(row["image_urls"])),
                "texts": texts,
                "category_ids": tuple(each["category_id"] for each in self._rows(_CATEGORIES, listing_id)),
            }
        )

    def update(self, listing_id: int, version: int, details: ListingDetails, default_language: str) -> None:
        """Replace the details of a listing that has this version. It keeps its slug if `details` names none.

        Raises:
            SlugTaken: another listing has or had the slug that `details` names.
        """
        self._database.execute(_UPDATE, {**self._columns(details), "id": listing_id, "version": version})
        self._database.execute(_DELETE_TEXTS, {"id": listing_id})
        self._add_texts(listing_id, details.texts)
        self._database.execute(_DELETE_CATEGORIES, {"id": listing_id})
        self._add_categories(listing_id, details.category_ids)
        if details.slug is not None:
            self.set_slug(listing_id, details.slug, details.texts[default_language].name)

    def set_state(self, listing_id: int, version: int, state: State) -> None:
        """Change the state of a listing that has this version."""
        self._database.execute(
            _SET_STATE, {"id": listing_id, "version": version, "state": state, "now": datetime.now(UTC)}
        )

    def set_slug(self, listing_id: int, slug: str | None, name: str) -> None:
        """Make `slug` the current one, or one made of the name. The slugs that the listing had stay its own.

        Raises:
            SlugTaken: another listing has or had the slug.
        """
        self._database.execute(_RETIRE_SLUG, {"id": listing_id})
        for wanted in (slug,) if slug else slugs_for(name, listing_id):
            self._database.execute(_ADD_SLUG, {"slug": wanted, "id": listing_id})
            owner = self._database.row(_OWNER_OF_SLUG, {"slug": wanted})
            if owner and owner["listing_id"] == listing_id:
                return
        raise SlugTaken

    def slugs(self, listing_id: int) -> list[str]:
        """Returns all slugs that a listing has had, the current one first."""
        return [row["slug"] for row in self._rows(_SLUGS, listing_id)]

    def lock_categories(self, category_ids: Collection[int]) -> set[int]:
        """Keep these categories from being deleted. Returns the ids of those that exist."""
        rows = self._database.rows(_LOCK_CATEGORIES, {"ids": tuple(category_ids)})
        return {row["id"] for row in rows}

    def _columns(self, details: ListingDetails) -> dict[str, object]:
        now = datetime.now(UTC)
        brand_id = None
        if details.brand:
            brand = {"name": details.brand, "name_key": name_key(details.brand), "now": now}
            brand_id = self._database.insert(_FIND_OR_ADD_BRAND, brand)
        return {
            "brand_id": brand_id,
            "options": options_json(details.options),
            "image_urls": json.dumps(details.image_urls),
            "now": now,
        }

    def _add_texts(self, listing_id: int, texts: Mapping[str, ListingText]) -> None:
        for language, text in texts.items():
            self._database.execute(_ADD_TEXT, {"id": listing_id, "language": language, **vars(text)})

    def _add_categories(self, listing_id: int, category_ids: Sequence[int]) -> None:
        for position, category_id in enumerate(category_ids):
            self._database.execute(_ADD_CATEGORY, {"id": listing_id, "category_id": category_id, "position": position})

    def _rows(self, sql: str, listing_id: int) -> list[Row]:
        return self._database.rows(sql, {"id": listing_id})
