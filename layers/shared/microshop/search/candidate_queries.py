"""Reads listings of one level of relevance from the index."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from microshop.platform.mysql import Database
    from microshop.search.interpretation import Group
    from microshop.search.levels import Level, Match

_ENTRIES = """(
    SELECT {source} AS source, listing_id
    FROM search_postings FORCE INDEX (PRIMARY)
    WHERE language = %(language)s
      AND word = %(word_{source})s
      AND relevance = {relevance}
      AND listing_id < %(before)s
    ORDER BY listing_id DESC
    LIMIT %(chunk)s
)"""
_MATCHING = """
SELECT listing_id
FROM search_documents FORCE INDEX (PRIMARY)
WHERE listing_id IN %(ids)s
  AND language = %(language)s
  AND {conditions}
"""
_SMALLEST_CHUNK, _LARGEST_CHUNK = 4, 250


class CandidateQueries:
    """Reads entries of one search: at most about `remaining`, which decreases."""

    def __init__(self, database: Database, language: str, remaining: int) -> None:
        self._database = database
        self._language = language
        self.remaining = remaining
        self._read = self._matched = 0

    def matching(self, level: Level, before: int, needed: int) -> tuple[list[int], int | None]:
        """Returns the next listings of the level with an id below `before`, about `needed`, newest first.

        Also returns the id before which the level continues; None at its end.
        """
        ids, end = self._candidates(level.sources, before, self._size(needed, is_certain=level.is_certain))
        if level.is_certain or not ids:
            return ids, end
        conditions = _Conditions(level)
        sql = _MATCHING.format(conditions=conditions.sql)
        rows = self._database.rows(sql, {"ids": ids, "language": self._language, **conditions.values})
        self._read += len(ids)
        self._matched += len(rows)
        return sorted((row["listing_id"] for row in rows), reverse=True), end

    def _size(self, needed: int, *, is_certain: bool) -> int:
        if is_certain:
            return needed
        # As many as are needed, if as large a part of them matches as of those before.
        return min(needed * (self._read + 1) // (self._matched + 1), _LARGEST_CHUNK)

    def _candidates(self, sources: Sequence[tuple[str, int]], before: int, size: int) -> tuple[list[int], int | None]:
        """Returns the next ids of all sources together, about `size`, and where they end."""
        chunk = max(_SMALLEST_CHUNK, min(size, 2 * size // len(sources)))
        sql = " UNION ALL ".join(
            _ENTRIES.format(source=source, relevance=relevance) for source, (_, relevance) in enumerate(sources)
        )
        words = {f"word_{source}": word for source, (word, _) in enumerate(sources)}
        rows = self._database.rows(sql, {"language": self._language, "before": before, "chunk": chunk, **words})
        self.remaining -= len(rows)
        read = defaultdict[int, list[int]](list)
        for row in rows:
            read[row["source"]].append(row["listing_id"])
        # A source that has more entries hides those below its last one.
        end = max((min(ids) for ids in read.values() if len(ids) == chunk), default=None)
        found = {listing_id for ids in read.values() for listing_id in ids if end is None or listing_id >= end}
        return sorted(found, reverse=True), end


class _Conditions:
    """The condition of a level, on documents."""

    def __init__(self, level: Level) -> None:
        self.values: dict[str, object] = {}
        excluded = [f"NOT {self._matches(match, match.groups)}" for match in level.excluded]
        others = [group for group in level.match.groups if group is not level.match.driver]
        self.sql = " AND ".join([*([self._matches(level.match, others)] if others else []), *excluded])

    def _matches(self, match: Match, groups: Collection[Group]) -> str:
        # Candidates of a driver are those of its words. Other groups with a beginning match all words with it.
        texts = [_texts(group, is_driver=group is match.driver) for group in groups]
        columns = ("name_words",) if match.in_name else ("name_words", "other_words")
        return f"({' AND '.join(self._contains(each, columns) for each in texts)})"

    def _contains(self, texts: Collection[str], columns: Collection[str]) -> str:
        names = []
        for text in texts:
            names.append(f"text_{len(self.values)}")
            self.values[names[-1]] = text
        found = [f"LOCATE(%({name})s, {column}) > 0" for column in columns for name in names]
        return f"({' OR '.join(found)})"


def _texts(group: Group, *, is_driver: bool) -> list[str]:
    if group.beginning and not is_driver:
        return [f" {group.beginning}"]
    return [f" {word} " for word in group.words]
