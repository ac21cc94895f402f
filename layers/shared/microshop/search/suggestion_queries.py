"""Reads the listings of suggestions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.search.suggesting import SuggestedListing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.platform.mysql import Database

_LISTINGS = """
SELECT STRAIGHT_JOIN texts.listing_id, texts.language, texts.name, slugs.slug
FROM listing_texts AS texts FORCE INDEX (PRIMARY)
JOIN listing_slugs AS slugs FORCE INDEX (listing_slugs_current)
  ON slugs.listing_id = texts.listing_id AND slugs.is_current = TRUE
WHERE texts.listing_id IN %(listing_ids)s
  AND texts.language IN %(languages)s
"""


class SuggestionQueries:
    """Reads listings in `language`, or in the `default` language where a text is missing."""

    def __init__(self, database: Database, language: str, default: str) -> None:
        self._database = database
        self._language = language
        self._default = default

    def listings(self, listing_ids: Sequence[int]) -> list[SuggestedListing]:
        """Returns listings, in the order of their ids in `listing_ids`."""
        values = {"listing_ids": listing_ids, "languages": {self._language, self._default}}
        found: dict[int, SuggestedListing] = {}
        for row in self._database.rows(_LISTINGS, values):
            if row["language"] == self._language or row["listing_id"] not in found:
                found[row["listing_id"]] = SuggestedListing(row["listing_id"], row["slug"], row["name"])
        return [found[listing_id] for listing_id in listing_ids if listing_id in found]
