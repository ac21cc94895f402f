"""Searches the index. docs/decisions/0090-search-index.md has the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.limits import MAX_ID
from microshop.search.candidate_queries import CandidateQueries
from microshop.search.interpretation import interpret
from microshop.search.levels import levels_of
from microshop.search.result import MAX_CANDIDATES, MAX_RELEVANCE, SearchPosition, SearchResult
from microshop.search.vocabulary_queries import VocabularyQueries

if TYPE_CHECKING:
    from microshop.platform.mysql import Database
    from microshop.search.levels import Level


class SearchQueries:
    """Finds listings on sale."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, text: str, language: str, after: SearchPosition | None, limit: int) -> SearchResult:
        """Returns at most `limit` listings after a position, in the order of their positions."""
        interpretation = interpret(text, VocabularyQueries(self._database, language))
        start = after or SearchPosition(MAX_RELEVANCE, MAX_ID)
        levels = [level for level in levels_of(interpretation) if level.relevance <= start.relevance]
        found, end = self._find(language, levels, start, limit + 1)
        if len(found) > limit:
            found, end = found[:limit], found[limit - 1]
        ids = [each.listing_id for each in found]
        return SearchResult(ids, found, end, interpretation.completions, interpretation.corrections)

    def _find(
        self, language: str, levels: list[Level], start: SearchPosition, limit: int
    ) -> tuple[list[SearchPosition], SearchPosition | None]:
        candidates = CandidateQueries(self._database, language, MAX_CANDIDATES)
        found: list[SearchPosition] = []
        for level in levels:
            before: int | None = start.listing_id if level.relevance == start.relevance else MAX_ID
            while before is not None:
                if candidates.remaining <= 0:
                    return found, SearchPosition(level.relevance, before)
                ids, before = candidates.matching(level, before, limit - len(found))
                found += [SearchPosition(level.relevance, listing_id) for listing_id in ids]
                if len(found) >= limit:
                    return found, None
        return found, None
