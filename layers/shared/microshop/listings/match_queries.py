"""The matches of a search as candidates of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.listings.paging import Position
from microshop.listings.reading import Batch
from microshop.search.queries import SearchQueries
from microshop.search.result import SearchPosition

if TYPE_CHECKING:
    from microshop.platform.mysql import Database


class MatchQueries:
    """Searches listings in one language."""

    def __init__(self, database: Database, language: str) -> None:
        self._search = SearchQueries(database)
        self._language = language

    def find(self, text: str, after: Position | None, limit: int) -> Batch:
        """Returns the best matches after a position. A search may stop before it has found `limit`."""
        start = SearchPosition(after.value, after.id) if after and isinstance(after.value, int) else None
        result = self._search.find(text, self._language, start, limit)
        positions = [_position(each) for each in result.positions]
        return Batch(positions, _position(result.next) if result.next else None, result.corrections)


def _position(position: SearchPosition) -> Position:
    return Position(position.relevance, position.listing_id)
