"""Queries of the search index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.search.candidate_queries import CandidateQueries
from microshop.search.document import Frequency
from microshop.search.interpretation import Group
from microshop.search.levels import Level, Match
from microshop.search.queries import SearchQueries
from microshop.search.result import MAX_CANDIDATES, SearchPosition
from microshop.search.suggestion_queries import SuggestionQueries
from microshop.search.vocabulary_queries import VocabularyQueries
from tests.benchmarks.data_size.query import PAGE, Query

if TYPE_CHECKING:
    from tests.benchmarks.data_size.shops import Shop

_MANY = Frequency(1000, 1000)
_OAK_TABLE = Match([Group({"oak": _MANY}), Group({"table": _MANY})], in_name=True)


def _search(name: str, text: str, after: SearchPosition | None = None) -> Query:
    def run(shop: Shop) -> object:
        return SearchQueries(shop.database).find(text, "en", after, PAGE).ids

    return Query("search", f"search {name}", "SearchQueries.find", run)


def _words(shop: Shop) -> VocabularyQueries:
    return VocabularyQueries(shop.database, "en")


SEARCH_QUERIES = (
    _search("a word", "oak"),
    _search("a word, sold out", "oak", SearchPosition(7, 1)),
    _search("two words", "family workshop"),
    _search("a beginning", "worksh"),
    _search("a letter", "w"),
    _search("a typing error", "workhsop"),
    _search("a word in no listing", "xylophone"),
    _search("a number", "1000"),
    Query(
        "search",
        "frequencies of two words",
        "VocabularyQueries.frequencies",
        lambda shop: list(_words(shop).frequencies(("oak", "table"))),
    ),
    Query(
        "search",
        "completions of four letters",
        "VocabularyQueries.completions",
        lambda shop: list(_words(shop).completions("work", 10)),
    ),
    Query(
        "search",
        "corrections of a word",
        "VocabularyQueries.corrections",
        lambda shop: list(_words(shop).corrections("workhsop", 3)),
    ),
    Query(
        "search",
        "listings of suggestions",
        "SuggestionQueries.listings",
        lambda shop: SuggestionQueries(shop.database, "en", "en").listings(
            SearchQueries(shop.database).find("oak", "en", None, 12).ids or [1]
        ),
    ),
    Query(
        "search",
        "candidates for two words",
        "CandidateQueries.matching",
        lambda shop: CandidateQueries(shop.database, "en", MAX_CANDIDATES).matching(
            Level(7, _OAK_TABLE, ()), 2**60, PAGE
        )[0],
    ),
)
