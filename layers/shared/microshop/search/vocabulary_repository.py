"""Counts the listings of each word in the search index."""

from __future__ import annotations

from itertools import batched, groupby
from typing import TYPE_CHECKING

from microshop.search.document import Frequency
from microshop.search.typing_errors import deletions, is_correctable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from microshop.platform.mysql import Database

    type Word = tuple[str, str]  # language and word

_ROWS_PER_STATEMENT = 500
_NONE = Frequency(0, 0)
# The row of a word that loses a listing exists, so a negative number is added, and never inserted.
_ADD = """
INSERT INTO search_words (language, word, listings, names)
VALUES {rows}
ON DUPLICATE KEY UPDATE
    listings = listings + VALUES(listings),
    names = names + VALUES(names)
"""
_RARE = """
SELECT word, listings
FROM search_words FORCE INDEX (PRIMARY)
WHERE language = %(language)s
  AND word IN %(words)s
  AND listings <= 1
"""
_INSERT_DELETIONS = "INSERT IGNORE INTO search_deletions (language, deletion, word) VALUES {rows}"
# The hints prevent scans of small tables, which would wait for rows of other words.
_DELETE_DELETIONS = """
DELETE deletions
FROM search_deletions AS deletions FORCE INDEX (PRIMARY)
WHERE language = %(language)s
  AND deletion IN %(deletions)s
  AND word = %(word)s
"""
_DELETE_WORDS = """
DELETE words
FROM search_words AS words FORCE INDEX (PRIMARY)
WHERE language = %(language)s
  AND word IN %(words)s
  AND listings = 0
"""


class VocabularyRepository:
    """Changes the vocabulary of the search index, whose rows all listings share.

    One pass in the order of the words locks all rows that a call changes, so two calls never wait for each other.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def change(self, before: Mapping[Word, Frequency], after: Mapping[Word, Frequency]) -> None:
        """Replace what a listing adds to the frequencies of words."""
        added, removed = after.keys() - before.keys(), before.keys() - after.keys()
        changed = [word for word in sorted(before.keys() | after.keys()) if before.get(word) != after.get(word)]
        for batch in batched(changed, _ROWS_PER_STATEMENT, strict=False):
            values: list[object] = []
            for word in batch:
                old, new = before.get(word, _NONE), after.get(word, _NONE)
                values += [*word, new.listings - old.listings, new.names - old.names]
            self._insert(_ADD, "(%s, %s, %s, %s)", values)
        for language, words in _by_language(added):
            first = [row["word"] for row in self._rare(language, words) if row["listings"] == 1]
            self._insert_deletions(language, first)
        for language, words in _by_language(removed):
            unused = [row["word"] for row in self._rare(language, words) if row["listings"] == 0]
            self._delete(language, unused)

    def _rare(self, language: str, words: tuple[str, ...]) -> list[dict[str, object]]:
        return self._database.rows(_RARE, {"language": language, "words": words})

    def _insert_deletions(self, language: str, words: Iterable[object]) -> None:
        rows = [
            (language, deletion, word)
            for word in sorted(map(str, words))
            if is_correctable(word)
            for deletion in sorted(deletions(word))
        ]
        for batch in batched(rows, _ROWS_PER_STATEMENT, strict=False):
            self._insert(_INSERT_DELETIONS, "(%s, %s, %s)", [value for row in batch for value in row])

    def _delete(self, language: str, words: list[object]) -> None:
        for word in map(str, words):
            if is_correctable(word):
                values = {"language": language, "deletions": sorted(deletions(word)), "word": word}
                self._database.execute(_DELETE_DELETIONS, values)
        if words:
            self._database.execute(_DELETE_WORDS, {"language": language, "words": words})

    def _insert(self, sql: str, row: str, values: Sequence[object]) -> None:
        rows = ", ".join([row] * (len(values) // row.count("%s")))
        self._database.execute(sql.format(rows=rows), values)


def _by_language(words: AbstractSet[Word]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for language, group in groupby(sorted(words), lambda word: word[0]):
        for batch in batched((word for _, word in group), _ROWS_PER_STATEMENT, strict=False):
            yield language, batch
