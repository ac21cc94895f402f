"""Text from outside, as the shop stores and shows it."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from microshop.text import is_storable, normalise_line, normalise_text

_CONTROL = ["\x00", "\t", "\r", "\x0b", "\x1b", "\x7f", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("text", ["", "Ada", "王小明", "😀", "a\nb", "\ufffd", "\x01"])
def test_text_that_a_database_takes_is_storable(text: str) -> None:
    assert is_storable(text)


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800", "a\udfffb"], ids=ascii)
def test_nul_and_halves_of_surrogate_pairs_are_not(text: str) -> None:
    assert not is_storable(text)


@pytest.mark.parametrize("shown", ["Kettle", "水壶", "👩🏽‍🚀", "O'Brien <script>", "a" * 20, "😀" * 20])
def test_a_line_may_be_written_in_any_script(shown: str) -> None:
    assert normalise_line(shown, 20) == shown


def test_blanks_around_a_line_are_left_out_before_it_is_measured() -> None:
    assert normalise_line("\u3000\n Kettle \t", 6) == "Kettle"


def test_the_two_ways_of_writing_an_accent_are_one_text() -> None:
    decomposed = unicodedata.normalize("NFD", "Café")

    assert normalise_line(decomposed, 4) == normalise_text(decomposed, 4) == "Café"


@pytest.mark.parametrize("normalise", [normalise_line, normalise_text])
@pytest.mark.parametrize("text", ["", "  ", "\u3000", "a" * 21, "😀" * 21])
def test_nothing_and_too_much_are_refused(normalise: Callable[[str, int], str], text: str) -> None:
    with pytest.raises(ValueError, match="must have 1 to 20 characters"):
        normalise(text, 20)


@pytest.mark.parametrize("character", ["\n", *_CONTROL], ids=ascii)
def test_a_line_has_no_control_character_and_no_break(character: str) -> None:
    with pytest.raises(ValueError, match="must not contain control characters"):
        normalise_line(f"a{character}b", 20)


@pytest.mark.parametrize("text", ["1 Main Street\nBerlin", "1 Main Street\r\nBerlin", "\r\n1 Main Street\nBerlin\n"])
def test_lines_are_parted_by_line_feeds_alone(text: str) -> None:
    assert normalise_text(text, 30) == "1 Main Street\nBerlin"


@pytest.mark.parametrize("character", _CONTROL, ids=ascii)
def test_text_has_no_control_character_but_line_feeds(character: str) -> None:
    with pytest.raises(ValueError, match="must not contain control characters"):
        normalise_text(f"a{character}b", 20)


@given(st.text())
def test_what_is_normal_stays_as_it_is(text: str) -> None:
    try:
        shown = normalise_text(text, 1000)
    except ValueError:
        assume(False)

    assert normalise_text(shown, 1000) == shown
