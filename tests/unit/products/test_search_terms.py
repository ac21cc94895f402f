"""Search texts and the terms that they are parsed into."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshop.products.product import SearchTerms, parse_search
from tests.support.table_rows import not_refused, wrong_answers


def test_search_separates_indexed_words_from_fragments_of_names() -> None:
    rows: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
        ("Kettle", ("kettle",), ()),
        ("steel kettle", ("steel", "kettle"), ()),
        ("the kettle", ("kettle",), ()),
        ("tv stand", ("stand",), ("tv",)),
        ("usb-c", ("usb",), ("c",)),
        ("手机", (), ("手机",)),
        ("iPhone手机", (), ("iphone手机",)),
        ("ケトル 1000", ("1000",), ("ケトル",)),
        ("\U0001d4d0da kettle", ("kettle",), ("\U0001d4d0da",)),
        ("the", (), ("the",)),
        ("to be", (), ("to", "be")),
        ("under_score", ("under", "score"), ()),
    ]

    assert wrong_answers(parse_search, [(text, SearchTerms(words, fragments)) for text, words, fragments in rows]) == []


def test_search_takes_operators_for_separators() -> None:
    texts = [
        "+kettle",
        "-kettle",
        "kettle*",
        '"kettle"',
        "(kettle)",
        "~kettle",
        ">kettle<",
        "@kettle",
        "kettle%",
        "kettle';--",
    ]

    assert wrong_answers(parse_search, [(text, SearchTerms(("kettle",), ())) for text in texts]) == []


def test_search_is_refused_when_nothing_can_be_found() -> None:
    texts = ["", "   ", "+-*", "😀", "%", "_", "'\"\\"]

    assert not_refused(parse_search, texts, "must contain a letter or digit") == []


def test_search_of_more_than_100_characters_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 100"):
        parse_search("a" * 101)


def test_only_the_first_eight_words_are_searched() -> None:
    found = parse_search("one1 two2 three four five six6 seven eight nine")

    assert len(found.words) == 8


@given(st.text(max_size=100))
def test_search_terms_hold_no_operator_of_the_database(text: str) -> None:
    try:
        found = parse_search(text)
    except ValueError:
        return

    assert not set("".join(found.words + found.fragments)) & set("+-*\"()~<>@%_\\' ")
