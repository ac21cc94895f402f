"""Writes the search index. docs/decisions/0090-search-index.md has the reasons."""

from __future__ import annotations

from itertools import batched, groupby
from typing import TYPE_CHECKING, NamedTuple

from microshop.search.document import Document, IndexedText
from microshop.search.vocabulary_repository import VocabularyRepository

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from microshop.platform.mysql import Database
    from microshop.search.document import Frequency

__all__ = ["IndexedText", "SearchIndexRepository"]

_ROWS_PER_STATEMENT = 500
_DOCUMENTS = """
SELECT language, in_stock, name_words, other_words
FROM search_documents
WHERE listing_id = %(listing_id)s
"""
_INSERT_DOCUMENT = """
INSERT INTO search_documents (listing_id, language, in_stock, name_words, other_words)
VALUES (%(listing_id)s, %(language)s, %(in_stock)s, %(name_words)s, %(other_words)s)
"""
_UPDATE_DOCUMENT = """
UPDATE search_documents
SET in_stock = %(in_stock)s,
    name_words = %(name_words)s,
    other_words = %(other_words)s
WHERE listing_id = %(listing_id)s
  AND language = %(language)s
"""
_DELETE_DOCUMENT = "DELETE FROM search_documents WHERE listing_id = %(listing_id)s AND language = %(language)s"
_SET_IN_STOCK = "UPDATE search_documents SET in_stock = %(in_stock)s WHERE listing_id = %(listing_id)s"
_INSERT_POSTINGS = "INSERT INTO search_postings (language, word, relevance, listing_id) VALUES {rows}"
# The hints prevent scans of small tables, which would wait for rows of other listings.
_DELETE_POSTINGS = """
DELETE postings
FROM search_postings AS postings FORCE INDEX (PRIMARY)
WHERE language = %(language)s
  AND word IN %(words)s
  AND relevance = %(relevance)s
  AND listing_id = %(listing_id)s
"""
_SHIFT_POSTINGS = """
UPDATE search_postings FORCE INDEX (PRIMARY)
SET relevance = relevance + %(shift)s
WHERE language = %(language)s
  AND word IN %(words)s
  AND relevance IN %(shifted)s
  AND listing_id = %(listing_id)s
"""


class _Posting(NamedTuple):
    language: str
    relevance: int
    word: str


class SearchIndexRepository:
    """Writes the entries of listings, in the transaction that changes them.

    The caller has locked the listing's row. A transaction that changes several listings locks all of them before the
    first call. Two such transactions may still deadlock here; one of them is then retried.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._vocabulary = VocabularyRepository(database)

    def put(self, listing_id: int, texts: Mapping[str, IndexedText], *, in_stock: bool) -> None:
        """Let a listing be found by these texts only, which have languages as keys. Writes only what differs."""
        stored = self._documents(listing_id)
        wanted = {language: Document.of(text, in_stock=in_stock) for language, text in texts.items()}
        self._write_documents(listing_id, stored, wanted)
        before, after = _postings(stored), _postings(wanted)
        self._delete_postings(listing_id, before - after)
        self._insert_postings(listing_id, after - before)
        # Last, because many listings share these rows.
        self._vocabulary.change(_frequencies(stored), _frequencies(wanted))

    def remove(self, listing_id: int) -> None:
        """Let a listing not be found any more."""
        self.put(listing_id, {}, in_stock=False)

    def set_in_stock(self, listing_id: int, in_stock: bool) -> None:
        """Rank a listing as in stock or sold out. Changes nothing if it is not in the index."""
        shift = 1 if in_stock else -1
        values = {"listing_id": listing_id, "shift": shift, "shifted": (0, 2) if in_stock else (1, 3)}
        stored = self._documents(listing_id)
        for language, document in stored.items():
            if document.in_stock == in_stock:
                continue
            for words in batched(sorted(document.words), _ROWS_PER_STATEMENT, strict=False):
                self._database.execute(_SHIFT_POSTINGS, {**values, "language": language, "words": words})
        if any(document.in_stock != in_stock for document in stored.values()):
            self._database.execute(_SET_IN_STOCK, {"listing_id": listing_id, "in_stock": in_stock})

    def _documents(self, listing_id: int) -> dict[str, Document]:
        rows = self._database.rows(_DOCUMENTS, {"listing_id": listing_id})
        return {row.pop("language"): Document.stored(**row) for row in rows}

    def _write_documents(self, listing_id: int, stored: Mapping[str, Document], wanted: Mapping[str, Document]) -> None:
        for language in stored.keys() - wanted.keys():
            self._database.execute(_DELETE_DOCUMENT, {"listing_id": listing_id, "language": language})
        for language, document in wanted.items():
            if document == stored.get(language):
                continue
            values = {"listing_id": listing_id, "language": language, **document.columns()}
            self._database.execute(_UPDATE_DOCUMENT if language in stored else _INSERT_DOCUMENT, values)

    def _delete_postings(self, listing_id: int, postings: Collection[_Posting]) -> None:
        for (language, relevance), group in groupby(sorted(postings), lambda each: (each.language, each.relevance)):
            values = {"language": language, "relevance": relevance, "listing_id": listing_id}
            for batch in batched((each.word for each in group), _ROWS_PER_STATEMENT, strict=False):
                self._database.execute(_DELETE_POSTINGS, {**values, "words": batch})

    def _insert_postings(self, listing_id: int, postings: Collection[_Posting]) -> None:
        for batch in batched(sorted(postings), _ROWS_PER_STATEMENT, strict=False):
            values = [value for each in batch for value in (each.language, each.word, each.relevance, listing_id)]
            rows = ", ".join(["(%s, %s, %s, %s)"] * len(batch))
            self._database.execute(_INSERT_POSTINGS.format(rows=rows), values)


def _postings(documents: Mapping[str, Document]) -> set[_Posting]:
    return {
        _Posting(language, relevance, word)
        for language, document in documents.items()
        for word, relevance in document.relevances()
    }


def _frequencies(documents: Mapping[str, Document]) -> dict[tuple[str, str], Frequency]:
    return {
        (language, word): frequency
        for language, document in documents.items()
        for word, frequency in document.frequencies().items()
    }
