"""Writes the search index as use cases do, searches it, and compares its tables."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import batched

from microshop.platform.mysql import Database
from microshop.platform.unit_of_work import UnitOfWork
from microshop.search.document import Document
from microshop.search.index_repository import IndexedText, SearchIndexRepository
from microshop.search.queries import SearchQueries
from microshop.search.typing_errors import deletions, is_correctable
from microshop.transactions import retry_on_conflict


def put(
    database: Database, listing_id: int, name: str, *others: str, language: str = "en", in_stock: bool = True
) -> None:
    """Put a listing with a text in one language into the index."""
    put_texts(database, listing_id, {language: IndexedText(name, others)}, in_stock=in_stock)


_ADD_LISTING = """
INSERT IGNORE INTO listings (id, state, options, image_urls, created_at, updated_at)
VALUES (%(id)s, 'active', '[]', '[]', '2026-01-01', '2026-01-01')
"""
_LOCK_LISTING = "SELECT id FROM listings WHERE id = %(id)s FOR UPDATE"


def add_listings(database: Database, listing_ids: Iterable[int]) -> None:
    """Insert empty listings with these ids."""
    for listing_id in listing_ids:
        database.execute(_ADD_LISTING, {"id": listing_id})


_ADD_TEXT = """
INSERT INTO listing_texts (listing_id, language, name, description)
VALUES (%(id)s, %(language)s, %(name)s, '')
"""
_ADD_SLUG = "INSERT INTO listing_slugs (slug, listing_id, is_current) VALUES (%(slug)s, %(id)s, %(is_current)s)"


def put_listing(database: Database, listing_id: int, names: Mapping[str, str]) -> None:
    """Insert a listing with its names by language and the slugs `listing-<id>` and `old-<id>`, and index it."""
    add_listings(database, [listing_id])
    for language, name in names.items():
        database.execute(_ADD_TEXT, {"id": listing_id, "language": language, "name": name})
    for slug, is_current in ((f"old-{listing_id}", None), (f"listing-{listing_id}", True)):
        database.execute(_ADD_SLUG, {"id": listing_id, "slug": slug, "is_current": is_current})
    texts = {language: IndexedText(names.get(language, names["en"]), []) for language in ("en", "zh")}
    put_texts(database, listing_id, texts, in_stock=True)


@retry_on_conflict
def put_texts(database: Database, listing_id: int, texts: Mapping[str, IndexedText], *, in_stock: bool) -> None:
    """Put a listing into the index, in a transaction."""
    with UnitOfWork(database) as uow:
        database.row(_LOCK_LISTING, {"id": listing_id})
        SearchIndexRepository(database).put(listing_id, texts, in_stock=in_stock)
        uow.commit()


def put_many(database: Database, texts: Mapping[int, IndexedText]) -> None:
    """Put many listings in stock into an empty index of English texts: quicker, with the same rows."""
    documents = {listing_id: Document.of(text, in_stock=True) for listing_id, text in texts.items()}
    words = Counter(word for document in documents.values() for word in document.words)
    names = Counter(word for document in documents.values() for word in document.name_words)
    rows: dict[str, list[tuple[object, ...]]] = {
        "search_documents (listing_id, language, in_stock, name_words, other_words)": [
            (listing_id, "en", *document.columns().values()) for listing_id, document in documents.items()
        ],
        "search_postings (language, word, relevance, listing_id)": [
            ("en", word, relevance, listing_id)
            for listing_id, document in documents.items()
            for word, relevance in document.relevances()
        ],
        "search_words (language, word, listings, names)": [
            ("en", word, listings, names[word]) for word, listings in words.items()
        ],
        "search_deletions (language, deletion, word)": [
            ("en", deletion, word) for word in words if is_correctable(word) for deletion in deletions(word)
        ],
    }
    with UnitOfWork(database) as uow:
        for table, inserted in rows.items():
            for batch in batched(inserted, 1000, strict=False):
                places = ", ".join(f"({', '.join(['%s'] * len(row))})" for row in batch)
                database.execute(f"INSERT INTO {table} VALUES {places}", [value for row in batch for value in row])  # noqa: S608 - a table above
        uow.commit()
    database.rows("ANALYZE TABLE search_documents, search_postings, search_words, search_deletions")


@retry_on_conflict
def set_in_stock(database: Database, listing_id: int, *, in_stock: bool) -> None:
    """Change whether a listing is in stock, in a transaction."""
    with UnitOfWork(database) as uow:
        database.row(_LOCK_LISTING, {"id": listing_id})
        SearchIndexRepository(database).set_in_stock(listing_id, in_stock)
        uow.commit()


def found(database: Database, text: str, language: str = "en", limit: int = 20) -> list[int]:
    """Returns the ids on the first page of a search."""
    return list(SearchQueries(database).find(text, language, None, limit).ids)


def pages_of(database: Database, text: str, limit: int) -> list[list[int]]:
    """Returns the ids on all pages of a search in English."""
    pages, result = [], SearchQueries(database).find(text, "en", None, limit)
    while result.next is not None:
        pages.append(list(result.ids))
        result = SearchQueries(database).find(text, "en", result.next, limit)
    return [*pages, list(result.ids)]


def wrong_rows(database: Database) -> dict[str, object]:
    """Table → the rows that do not follow from the documents, and those that are missing."""
    documents = {
        (row.pop("listing_id"), row.pop("language")): Document.stored(**row)
        for row in database.rows("SELECT * FROM search_documents")
    }
    postings: set[tuple[str, str, int, int]] = {
        (language, word, relevance, listing_id)
        for (listing_id, language), document in documents.items()
        for word, relevance in document.relevances()
    }
    words = Counter((language, word) for language, word, _, _ in postings)
    names = Counter((language, word) for language, word, relevance, _ in postings if relevance >= 2)
    errors = {
        (language, deletion, word) for language, word in words if is_correctable(word) for deletion in deletions(word)
    }
    expected: dict[str, set[tuple[object, ...]]] = {
        "search_postings (language, word, relevance, listing_id)": set(postings),
        "search_words (language, word, listings, names)": {
            (*word, listings, names[word]) for word, listings in words.items()
        },
        "search_deletions (language, deletion, word)": set(errors),
    }
    return {table: wrong for table, rows in expected.items() if (wrong := rows ^ _rows(database, table))}


def _rows(database: Database, table: str) -> set[tuple[object, ...]]:
    name, _, columns = table.rstrip(")").partition(" (")
    return {tuple(row.values()) for row in database.rows(f"SELECT {columns} FROM {name}")}  # noqa: S608 - a table above
