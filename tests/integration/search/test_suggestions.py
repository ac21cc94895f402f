"""Suggestions while somebody types."""

from itertools import count

import pytest

from microshop.platform.mysql import Database
from microshop.search.queries import SearchQueries
from microshop.search.suggesting import SuggestedListing, Suggestions, suggest
from microshop.search.suggestion_queries import SuggestionQueries
from tests.support.query_cost import rows_read
from tests.support.search_index import put, put_listing

_NAMES = (
    {"en": "Linen shirt", "zh": "亚麻衬衫"},
    {"en": "Linen shorts"},
    {"en": "Cotton shirt", "zh": "纯棉衬衫"},
    {"en": "Phone case", "zh": "苹果iPhone手机壳"},
    {"en": "Phone charger", "zh": "手机充电器"},
)


@pytest.fixture
def shop(database: Database) -> Database:
    """A shop with five listings."""
    for listing_id, names in zip(count(1), _NAMES, strict=False):
        put_listing(database, listing_id, names)
    return database


def _suggested(database: Database, typed: str, language: str = "en") -> Suggestions:
    names = SuggestionQueries(database, language, "en")
    return suggest(typed, language, SearchQueries(database), names)


def test_the_last_word_is_completed_to_words_that_have_results(shop: Database) -> None:
    typed = ("s", "Linen sh", "cotton s", "cotton shirt", "shirt ", "phone-c", "nothing", "", "☕")

    assert {text: _suggested(shop, text).completions for text in typed} == {
        "s": ["shirt", "shorts"],
        "Linen sh": ["Linen shirt", "Linen shorts"],
        "cotton s": ["cotton shirt"],
        "cotton shirt": [],
        "shirt ": [],
        "phone-c": ["phone-case", "phone-charger"],
        "nothing": [],
        "": (),
        "☕": (),
    }


def test_words_of_names_are_suggested_before_those_of_descriptions(shop: Database) -> None:
    for listing_id in range(10, 16):
        put(shop, listing_id, "Hat", "Made in a shed")

    assert _suggested(shop, "sh").completions == ["shirt", "shorts", "shed"]


def test_a_typing_error_is_corrected(shop: Database) -> None:
    assert _suggested(shop, "linen shrit").completions == ["linen shirt"]
    assert [each.id for each in _suggested(shop, "linen shrit").listings] == [1]


def test_chinese_is_completed_by_the_characters_that_follow(shop: Database) -> None:
    typed = ("手", "手机", "苹果 手", "苹果i", "衬")

    assert {text: _suggested(shop, text, "zh").completions for text in typed} == {
        "手": ["手机充电器", "手机壳"],
        "手机": ["手机充电器", "手机壳"],
        "苹果 手": ["苹果 手机壳"],
        "苹果i": ["苹果iphone"],
        "衬": ["衬衫"],
    }


def test_listings_have_their_current_slug_and_their_name_in_the_language(shop: Database) -> None:
    assert _suggested(shop, "linen").listings == [
        SuggestedListing(2, "listing-2", "Linen shorts"),
        SuggestedListing(1, "listing-1", "Linen shirt"),
    ]
    assert _suggested(shop, "衬衫", "zh").listings[0] == SuggestedListing(3, "listing-3", "纯棉衬衫")
    assert _suggested(shop, "linen", "zh").listings == [SuggestedListing(2, "listing-2", "Linen shorts")]


def test_suggestions_are_few_and_read_few_rows(database: Database) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    for listing_id in range(1, 30):
        put(database, listing_id, f"Kettle{letters[listing_id % 26]}")
    for listing_id in range(30, 90):
        put_listing(database, listing_id, {"en": f"Kettle {letters[listing_id % 26] * 2}k"})
    database.rows(
        "ANALYZE TABLE listings, listing_texts, listing_slugs, search_postings, search_documents, search_words"
    )

    suggestions = _suggested(database, "kett")
    read = rows_read(database, lambda: _suggested(database, "kett"))

    assert (len(suggestions.completions), len(suggestions.listings)) == (10, 6)
    assert read <= 300
    assert rows_read(database, lambda: _suggested(database, "kettle aak")) <= 40
