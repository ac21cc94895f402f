"""Whole requests for lists, facets and suggestions of listings, with each kind of filter and search.

Words and filters are those of the loaded shop (tools/load_data): `oak` is in the name of every thirtieth listing,
`family workshop` in the description of every fifth.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from microshop.listings.facet_queries import FacetQueries
from microshop.listings.facet_reading import FacetReader
from microshop.listings.filters import ListingFilter, OptionFilter
from microshop.listings.list_queries import ListQueries
from microshop.listings.locale import Locale
from microshop.listings.match_queries import MatchQueries
from microshop.listings.paging import RELEVANCE
from microshop.listings.reading import ListingLists
from microshop.search.queries import SearchQueries
from microshop.search.suggesting import suggest
from microshop.search.suggestion_queries import SuggestionQueries
from tests.benchmarks.data_size.query import Query

if TYPE_CHECKING:
    from tests.benchmarks.data_size.shops import Shop

_LOCALE = Locale("en", "en", "USD")
_ITEMS = 20
_RED = (OptionFilter("color", ("red",)),)
_FILTERS: dict[str, tuple[str, ListingFilter]] = {
    "all": ("newest", ListingFilter()),
    "a category": ("newest", ListingFilter(category="kitchen")),
    "a category, by price": ("price", ListingFilter(category="kitchen")),
    "a category, by name": ("name", ListingFilter(category="kitchen")),
    "in stock": ("newest", ListingFilter(in_stock=True)),
    "a colour": ("newest", ListingFilter(options=_RED)),
    "a price band": ("newest", ListingFilter(min_price_minor=1000, max_price_minor=100_000)),
    "a price band, by price": ("price", ListingFilter(min_price_minor=1000, max_price_minor=100_000)),
    "a price that nothing has": ("newest", ListingFilter(min_price_minor=9_000_000)),
    "a colour, a price band and stock": (
        "newest",
        ListingFilter(options=_RED, min_price_minor=1000, max_price_minor=100_000, in_stock=True),
    ),
    "search for a word": (RELEVANCE, ListingFilter(search="oak")),
    "search for two words": (RELEVANCE, ListingFilter(search="family workshop")),
    "search for the beginning of a word": (RELEVANCE, ListingFilter(search="worksh")),
    "search with a typing error": (RELEVANCE, ListingFilter(search="workhsop")),
    "search for two Chinese characters": (RELEVANCE, ListingFilter(search="茶壶")),
    "search for a word, by price": ("price", ListingFilter(search="workshop")),
    "search for a word, in a colour": (RELEVANCE, ListingFilter(search="workshop", options=_RED)),
    "search for what no listing has": (RELEVANCE, ListingFilter(search="xylophone")),
}


def _list(name: str, sort: str, criteria: ListingFilter) -> Query:
    def run(shop: Shop) -> object:
        shelves, matches = ListQueries(shop.database, _LOCALE), MatchQueries(shop.database, "en")
        return ListingLists("en", shelves, matches).page(criteria, sort, None, _ITEMS).page.items

    return Query("requests", f"list, {name}", "", run)


def _facets(name: str, criteria: ListingFilter) -> Query:
    def run(shop: Shop) -> object:
        database = shop.database
        shelves, matches = ListQueries(database, _LOCALE), MatchQueries(database, "en")
        reader = FacetReader(_LOCALE, shelves, matches, FacetQueries(database, _LOCALE))
        return json.loads(reader.render(criteria).body)

    return Query("requests", f"facets, {name}", "", run)


def _suggestions(typed: str) -> Query:
    def run(shop: Shop) -> object:
        names = SuggestionQueries(shop.database, "en", "en")
        return list(suggest(typed, "en", SearchQueries(shop.database), names).listings)

    return Query("requests", f"suggestions for {typed}", "", run)


def _count(name: str, criteria: ListingFilter) -> Query:
    def run(shop: Shop) -> object:
        shelves, matches = ListQueries(shop.database, _LOCALE), MatchQueries(shop.database, "en")
        return ListingLists("en", shelves, matches).page(criteria, "newest", None, _ITEMS, counted=True).page.total

    return Query("requests", f"list with its count, {name}", "", run)


LIST_REQUESTS = (
    *(_list(name, sort, criteria) for name, (sort, criteria) in _FILTERS.items()),
    _count("all", ListingFilter()),
    _facets("all", ListingFilter()),
    _facets("a colour", ListingFilter(options=_RED)),
    _facets("search for a word", ListingFilter(search="workshop")),
    *map(_suggestions, ("wor", "oak", "workshp")),
)
