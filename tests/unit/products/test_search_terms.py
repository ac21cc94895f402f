"""How a search is taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshop.products.product import SearchTerms, parse_search


@pytest.mark.parametrize(
    ("text", "words", "fragments"),
    [
        ("Kettle", ("kettle",), ()),
        ("steel kettle", ("steel", "kettle"), ()),
        ("the kettle", ("kettle",), ()),
        ("tv stand", ("stand",), ("tv",)),
        ("usb-c", ("usb",), ("c",)),
        ("手机", (), ("手机",)),
        ("iPhone手机", (), ("iphone手机",)),
        ("ケトル 1000", ("1000",), ("ケトル",)),
        ("the", (), ("the",)),
        ("to be", (), ("to", "be")),
        ("under_score", ("under", "score"), ()),
    ],
)
def test_a_search_looks_for_words_that_are_indexed_and_for_the_others_in_the_name(
    text: str, words: tuple[str, ...], fragments: tuple[str, ...]
) -> None:
    assert parse_search(text) == SearchTerms(words, fragments)


@pytest.mark.parametrize(
    "text",
    [
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
    ],
)
def test_operators_only_separate(text: str) -> None:
    assert parse_search(text) == SearchTerms(("kettle",), ())


@pytest.mark.parametrize("text", ["", "   ", "+-*", "😀", "%", "_", "'\"\\"])
def test_a_search_for_nothing_that_can_be_found_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must hold a letter or digit"):
        parse_search(text)


def test_a_search_of_more_than_100_characters_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 100"):
        parse_search("a" * 101)


def test_only_the_first_eight_words_are_looked_for() -> None:
    found = parse_search("one1 two2 three four five six6 seven eight nine")

    assert len(found.words) == 8


@given(st.text(max_size=100))
def test_no_character_that_a_database_gives_a_meaning_gets_through(text: str) -> None:
    try:
        found = parse_search(text)
    except ValueError:
        return

    assert not set("".join(found.words + found.fragments)) & set("+-*\"()~<>@%_\\' ")
