"""Reads the vocabulary of the search index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.search.document import Frequency
from microshop.search.typing_errors import deletions, is_correctable, is_one_error

if TYPE_CHECKING:
    from collections.abc import Collection

    from microshop.platform.mysql import Database

_WORDS = """
SELECT word, listings, names
FROM search_words FORCE INDEX (PRIMARY)
WHERE language = %(language)s
  AND word IN %(words)s
"""
# The most frequent words that begin with one, two or three characters are the last entries of an index.
_BEGINNINGS = {
    1: ("search_words_first", "first_character"),
    2: ("search_words_two", "two_characters"),
    3: ("search_words_three", "three_characters"),
}
_FREQUENT = """
SELECT word, listings, names
FROM (
    SELECT word, listings, names
    FROM search_words FORCE INDEX ({index})
    WHERE language = %(language)s
      AND {column} = %(beginning)s
    ORDER BY listings DESC, word DESC
    LIMIT %(read)s
) AS frequent
WHERE word LIKE %(pattern)s
ORDER BY listings DESC, word
LIMIT %(limit)s
"""
_IN_ORDER = """
SELECT word, listings, names
FROM search_words FORCE INDEX (PRIMARY)
WHERE language = %(language)s
  AND word LIKE %(pattern)s
ORDER BY word
LIMIT %(read)s
"""
_SIMILAR = """
SELECT STRAIGHT_JOIN DISTINCT words.word, words.listings, words.names
FROM search_deletions AS deletions FORCE INDEX (PRIMARY)
JOIN search_words AS words FORCE INDEX (PRIMARY)
  ON words.language = deletions.language AND words.word = deletions.word
WHERE deletions.language = %(language)s
  AND deletions.deletion IN %(deletions)s
LIMIT %(read)s
"""
_READ = 100  # words that are compared


class VocabularyQueries:
    """Reads words with their frequencies."""

    def __init__(self, database: Database, language: str) -> None:
        self._database = database
        self._language = language

    def frequencies(self, words: Collection[str]) -> dict[str, Frequency]:
        """Returns the words that exist."""
        return self._frequencies(_WORDS, words=words) if words else {}

    def completions(self, beginning: str, limit: int) -> dict[str, Frequency]:
        """Returns the most frequent words that begin with a text, the most frequent first.

        Of the words that begin with more than three characters, it compares the 100 most frequent ones with the same
        three characters, and the first 100 of the alphabet.
        """
        # Words have no character with a meaning in LIKE.
        values = {"pattern": f"{beginning}%", "limit": limit}
        length = min(len(beginning), max(_BEGINNINGS))
        index, column = _BEGINNINGS[length]
        read = limit if len(beginning) == length else _READ
        sql = _FREQUENT.format(index=index, column=column)
        found = self._frequencies(sql, **values, beginning=beginning[:length], read=read)
        if len(found) < limit and len(beginning) > length:
            found |= self._frequencies(_IN_ORDER, **values, read=_READ)
        return _most_frequent(found, limit)

    def corrections(self, word: str, limit: int) -> dict[str, Frequency]:
        """Returns the most frequent words with one typing error between them and `word`, the most frequent first."""
        if not is_correctable(word):
            return {}
        similar = self._frequencies(_SIMILAR, deletions=sorted(deletions(word)), read=_READ)
        found = {each: frequency for each, frequency in similar.items() if is_one_error(word, each)}
        return _most_frequent(found, limit)

    def _frequencies(self, sql: str, **values: object) -> dict[str, Frequency]:
        rows = self._database.rows(sql, {"language": self._language, **values})
        return {row["word"]: Frequency(row["listings"], row["names"]) for row in rows}


def _most_frequent(words: dict[str, Frequency], limit: int) -> dict[str, Frequency]:
    return dict(sorted(words.items(), key=lambda item: (-item[1].listings, item[0]))[:limit])
