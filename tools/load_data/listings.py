"""Gives a batch of loaded products their listings, with all that is derived of them, as index_listing writes it.

In Python and not in SQL, because words and sort keys are computed by the shop's own code.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import batched
from typing import TYPE_CHECKING, Any

from microshop.categories.repository import CategoryRepository
from microshop.collation import name_key
from microshop.listings.indexing import derived_of, index_version
from microshop.listings.listing import Listing, ListingText, State
from microshop.listings.options import Option, OptionValue, options_json
from microshop.listings.variant import Variant
from microshop.search.document import Document
from microshop.search.typing_errors import deletions, is_correctable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from microshop.platform.mysql import Database, Row

_ROWS_PER_STATEMENT = 2000
_BRANDS = 200
_COLORS = ("black", "white", "red", "blue", "green", "brown", "grey", "natural")
_COLOR = Option("color", {"en": "Colour"}, tuple(OptionValue(color, {"en": color.title()}) for color in _COLORS))
_PRODUCTS = """
SELECT id, sku, name, description, category, price_minor, currency, stock, low_stock_threshold, archived, version,
       created_at, updated_at
FROM products
WHERE id >= %(first)s
  AND id < %(end)s
ORDER BY id
"""
_NEXT_ID = "SELECT COALESCE(MAX(id), 0) + 1 AS id FROM listings"
_ADOPT = """
UPDATE products
JOIN listings ON listings.id = products.id + %(offset)s
SET products.listing_id = listings.id,
    products.options_key = IF(listings.options = '[]', '', CONCAT('color=', {color})),
    products.variant_key = IF(listings.options = '[]', '', CONCAT('color=', {color})),
    products.hidden_by_listing = products.archived
WHERE products.id >= %(first)s
  AND products.id < %(end)s
"""
_ADD_BRAND = """
INSERT INTO brands (name, name_key, created_at, updated_at)
VALUES (%(name)s, %(key)s, NOW(6), NOW(6))
ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id)
"""
_ADD_WORDS = """
INSERT INTO search_words (language, word, listings, names)
VALUES {rows}
ON DUPLICATE KEY UPDATE listings = listings + VALUES(listings), names = names + VALUES(names)
"""


class ListingLoader:
    """Writes listings of one variant each. Every third has a colour, and three of five have a brand."""

    def __init__(self, database: Database, languages: Sequence[str]) -> None:
        self._database = database
        self._languages = languages
        self._categories = CategoryRepository(database)
        self._category_ids: dict[str, int] = {}
        self._brand_ids: list[int] = []

    def write(self, first: int, count: int, currency: str) -> None:
        """Write the listings of the products with these ids, in the current transaction."""
        products = self._database.rows(_PRODUCTS, {"first": first, "end": first + count})
        listings = self._listings(products)
        default = self._languages[0]
        names = {category_id: {default: name} for name, category_id in self._category_ids.items()}
        documents: dict[tuple[int, str], Document] = {}
        rows: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for product, listing in zip(products, listings, strict=True):
            derived = derived_of(
                listing,
                [_variant(product, listing)],
                with_ancestors=listing.category_ids,
                category_names={category_id: names[category_id] for category_id in listing.category_ids},
                currency=currency,
                languages=self._languages,
            )
            summary, text = derived.summary, listing.texts[default]
            rows[_LISTINGS].append(
                (
                    listing.id, listing.state.value, listing.brand_id, options_json(listing.options), "[]",
                    summary.min_price_minor, summary.max_price_minor, summary.in_stock,
                    index_version(self._languages), listing.created_at, listing.updated_at,
                )
            )  # fmt: skip
            rows[_TEXTS].append((listing.id, default, text.name, text.description))
            rows[_SLUGS].append((listing.slug, listing.id, True))
            rows[_CATEGORIES].extend((listing.id, category_id, 0) for category_id in listing.category_ids)
            rows[_ENTRIES].extend(
                (each.shelf, each.language, listing.id, each.name_key, each.price_minor) for each in derived.entries
            )
            for language, indexed in derived.texts.items():
                documents[listing.id, language] = Document.of(indexed, in_stock=summary.in_stock)
        # In the order of the key, which is much faster.
        rows[_ENTRIES].sort()
        for table in (_LISTINGS, _TEXTS, _SLUGS, _CATEGORIES, _ENTRIES):
            self._insert(table, rows[table])
        if products:
            offset = listings[0].id - int(products[0]["id"])
            color = f"ELT(1 + MOD(products.id, {len(_COLORS)}), {', '.join(f"'{each}'" for each in _COLORS)})"
            self._database.execute(_ADOPT.format(color=color), {"first": first, "end": first + count, "offset": offset})
        self._index(documents)

    def _listings(self, products: Sequence[Row]) -> list[Listing]:
        for category in sorted({row["category"] for row in products} - self._category_ids.keys()):
            self._category_ids[category] = self._categories.named(category, self._languages[0]).id
        if not self._brand_ids:
            names = [f"Brand {number}" for number in range(1, _BRANDS + 1)]
            self._brand_ids = [
                self._database.insert(_ADD_BRAND, {"name": name, "key": name_key(name)}) for name in names
            ]
        next_row = self._database.row(_NEXT_ID)
        first = int(next_row["id"]) if next_row else 1
        return [self._listing(row, first + number) for number, row in enumerate(products)]

    def _listing(self, product: Row, listing_id: int) -> Listing:
        number = int(product["id"])
        brand = number * 7 % _BRANDS if number % 5 < 3 else None
        return Listing(
            id=listing_id,
            state=State.ARCHIVED if product["archived"] else State.ACTIVE,
            slug=product["sku"].lower(),
            texts={self._languages[0]: ListingText(product["name"], product["description"])},
            category_ids=(self._category_ids[product["category"]],),
            brand_id=None if brand is None else self._brand_ids[brand],
            brand=None if brand is None else f"Brand {brand + 1}",
            options=(_COLOR,) if number % 3 == 0 else (),
            image_urls=(),
            version=1,
            created_at=product["created_at"],
            updated_at=product["updated_at"],
        )

    def _index(self, documents: Mapping[tuple[int, str], Document]) -> None:
        self._insert(_DOCUMENTS, ((*place, *document.columns().values()) for place, document in documents.items()))
        postings = [
            (language, word, relevance, listing_id)
            for (listing_id, language), document in documents.items()
            for word, relevance in document.relevances()
        ]
        self._insert(_POSTINGS, sorted(postings))
        words = Counter((language, word) for language, word, _, _ in postings)
        names = Counter((language, word) for language, word, relevance, _ in postings if relevance >= 2)
        self._add_words([(*word, listings, names[word]) for word, listings in sorted(words.items())])

    def _add_words(self, words: Sequence[tuple[str, str, int, int]]) -> None:
        for batch in batched(words, _ROWS_PER_STATEMENT, strict=False):
            self._execute(_ADD_WORDS, batch)
        errors = {
            (language, deletion, word)
            for language, word, _, _ in words
            if is_correctable(word)
            for deletion in deletions(word)
        }
        # Words of earlier batches have theirs already.
        self._insert(_DELETIONS, sorted(errors), verb="INSERT IGNORE")

    def _insert(self, table: str, rows: Iterable[Sequence[object]], verb: str = "INSERT") -> None:
        for batch in batched(rows, _ROWS_PER_STATEMENT, strict=False):
            self._execute(f"{verb} INTO {table} VALUES {{rows}}", batch)

    def _execute(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        places = f"({', '.join(['%s'] * len(rows[0]))})"
        self._database.execute(sql.format(rows=", ".join([places] * len(rows))), [each for row in rows for each in row])


_LISTINGS = (
    "listings (id, state, brand_id, options, image_urls, min_price_minor, max_price_minor, in_stock, index_version,"
    " created_at, updated_at)"
)
_TEXTS = "listing_texts (listing_id, language, name, description)"
_SLUGS = "listing_slugs (slug, listing_id, is_current)"
_CATEGORIES = "listing_categories (listing_id, category_id, position)"
_ENTRIES = "shelf_entries (shelf, language, listing_id, name_key, price_minor)"
_DOCUMENTS = "search_documents (listing_id, language, in_stock, name_words, other_words)"
_POSTINGS = "search_postings (language, word, relevance, listing_id)"
_DELETIONS = "search_deletions (language, deletion, word)"


def _variant(product: Row, listing: Listing) -> Variant:
    color = f"color={_COLORS[product['id'] % len(_COLORS)]}" if listing.options else ""
    return Variant(
        id=product["id"],
        listing_id=listing.id,
        sku=product["sku"],
        name=product["name"],
        options_key=color,
        image_urls=(),
        price_minor=product["price_minor"],
        currency=product["currency"],
        stock=product["stock"],
        low_stock_threshold=product["low_stock_threshold"],
        archived=bool(product["archived"]),
        hidden_by_listing=bool(product["archived"]),
        is_released=False,
        version=product["version"],
        created_at=product["created_at"],
        updated_at=product["updated_at"],
    )
