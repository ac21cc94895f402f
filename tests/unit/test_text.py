"""Text from people, as the shop stores and shows it."""

# ruff: noqa: RUF001 - Arabic and Persian letters are meant

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from microshop.text import (
    is_storable,
    looked_up,
    normalise_line,
    normalise_lines,
    normalise_prose,
    normalise_remark,
)

_ALL = [normalise_line, normalise_lines, normalise_remark, normalise_prose]
_CONTROL = ["\x00", "\r", "\x0b", "\x1b", "\x7f", "\x85", "\u2028", "\u2029"]
_BIDI = ["\u061c", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2069"]
_INVISIBLE = ["\u00ad", "\u034f", "\u115f", "\u180e", "\u200b", "\u2060", "\u2061", "\u3164", "\ufeff", "\ufff9"]
_INVISIBLE += ["\ufffc", "\uffa0", "\U000e0041"]
_NO_CHARACTERS = ["\u0378", "\ue000", "\ufdd0", "\ufffe", "\U0001ffff", "\U000f0000", "\U0010ffff"]
_ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize("text", ["", "Ada", "王小明", "😀", "a\nb", "\ufffd", "\x01"])
def test_text_that_a_database_takes_is_storable(text: str) -> None:
    assert is_storable(text)


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800", "a\udfffb"], ids=ascii)
def test_nul_and_halves_of_surrogate_pairs_are_not(text: str) -> None:
    assert not is_storable(text)


@pytest.mark.parametrize(
    "shown",
    [
        "Kettle",
        "水壶",
        "王小明",
        "نور",
        "O'Brien <script>",
        "'; DROP TABLE users; --",
        "a" * 40,
        "😀" * 39 + "a",
        "10\u00a0000 €",
        "می\u200cخواهم",
        "श्री\u200cमती",
        "क्\u200dष",
        "അവന്\u200d",
        "ភាសា\u200bខ្មែរ",
        "葛\U000e0100城市",
        "ᠮᠣᠩᠭᠣᠯ\u180b",
        "Ada 👩🏽\u200d🚀",
        "Ada 🏳\ufe0f\u200d🌈",
        "Ada 🙂\u200d↔\ufe0f",
        "Ada ❤\ufe0f ©\ufe0f",
        "Room 1\ufe0f\u20e3",
        f"Ada {_ENGLAND}",
        "Ada \U0001fae9",
        "سورة ١\u06dd",
    ],
    ids=ascii,
)
def test_a_line_may_be_written_in_any_script(shown: str) -> None:
    assert normalise_line(shown, 40) == shown


def test_blanks_around_a_line_are_left_out_before_it_is_measured() -> None:
    assert normalise_line("\u3000\u00a0 Kettle \t", 6) == "Kettle"


@pytest.mark.parametrize("normalise", _ALL)
def test_a_pasted_tab_becomes_a_space(normalise: Callable[[str, int], str]) -> None:
    assert normalise("12\tMain Street", 20) == "12 Main Street"


@pytest.mark.parametrize("normalise", [normalise_line, normalise_remark])
@pytest.mark.parametrize("text", ["Kettle\n", "\r\nKettle", "Kettle\x85", "\u2028Kettle"], ids=ascii)
def test_a_line_has_no_break_around_it_either(normalise: Callable[[str, int], str], text: str) -> None:
    with pytest.raises(ValueError, match="must not contain control characters"):
        normalise(text, 20)


@pytest.mark.parametrize("normalise", _ALL)
def test_the_two_ways_of_writing_an_accent_are_one_text(normalise: Callable[[str, int], str]) -> None:
    decomposed = unicodedata.normalize("NFD", "Café")

    assert normalise(decomposed, 4) == "Café"


@pytest.mark.parametrize("normalise", [normalise_line, normalise_lines, normalise_remark])
@pytest.mark.parametrize("text", ["", "  ", "\u3000", "a" * 21, "😀" * 21])
def test_nothing_and_too_much_are_refused(normalise: Callable[[str, int], str], text: str) -> None:
    with pytest.raises(ValueError, match="must have 1 to 20 characters"):
        normalise(text, 20)


def test_prose_may_be_empty() -> None:
    assert normalise_prose(" \n ", 20) == ""

    with pytest.raises(ValueError, match="must have at most 20 characters"):
        normalise_prose("a" * 21, 20)


@pytest.mark.parametrize("normalise", [normalise_line, normalise_remark])
@pytest.mark.parametrize("character", ["\n", *_CONTROL], ids=ascii)
def test_a_line_has_no_control_character_and_no_break(normalise: Callable[[str, int], str], character: str) -> None:
    with pytest.raises(ValueError, match="must not contain control characters"):
        normalise(f"a{character}b", 20)


@pytest.mark.parametrize("normalise", [normalise_lines, normalise_prose])
@pytest.mark.parametrize("text", ["1 Main Street\nBerlin", "1 Main Street\r\nBerlin", "\r\n1 Main Street\nBerlin\n"])
def test_lines_are_parted_by_line_feeds_alone(normalise: Callable[[str, int], str], text: str) -> None:
    assert normalise(text, 30) == "1 Main Street\nBerlin"


@pytest.mark.parametrize("normalise", [normalise_lines, normalise_prose])
@pytest.mark.parametrize("character", _CONTROL, ids=ascii)
def test_lines_have_no_control_character_but_line_feeds(normalise: Callable[[str, int], str], character: str) -> None:
    with pytest.raises(ValueError, match="must not contain control characters"):
        normalise(f"a{character}b", 20)


@pytest.mark.parametrize("normalise", _ALL)
@pytest.mark.parametrize("character", [*_BIDI, *_INVISIBLE], ids=ascii)
def test_invisible_characters_are_refused_by_their_code(normalise: Callable[[str, int], str], character: str) -> None:
    with pytest.raises(ValueError, match=rf"must not contain the invisible character U\+{ord(character):04X}"):
        normalise(f"a{character}b", 20)


@pytest.mark.parametrize("normalise", _ALL)
@pytest.mark.parametrize("character", _NO_CHARACTERS, ids=ascii)
def test_a_code_point_without_a_character_is_refused(normalise: Callable[[str, int], str], character: str) -> None:
    with pytest.raises(ValueError, match=rf"must not contain U\+{ord(character):04X}, which is no character"):
        normalise(f"a{character}b", 20)


@pytest.mark.parametrize(
    "text",
    [
        "ad\u200cmin",
        "ad\u200dmin",
        "\u200cAda",
        "\u200d Ada",
        "خانه\u200c ها",
        "1\u200c2",
        "水\u200d壶",
        "a\u200bb",
        "水\u200b壶",
        "a\ufe0f",
        "1\ufe0f",
        "水\ufe0f\ufe0f",
        "a\U000e0100",
        "a\u180b",
        "a😀\u200d",
        "a🏴\U000e0067\U000e007f",
    ],
    ids=ascii,
)
def test_joiners_and_selectors_are_refused_where_they_mean_nothing(text: str) -> None:
    with pytest.raises(ValueError, match="must not contain the invisible character"):
        normalise_line(text, 20)


@pytest.mark.parametrize("text", ["😀", "👩🏽\u200d🚀", "—", "...", "\u0301", "\u2800"], ids=ascii)
@pytest.mark.parametrize("normalise", [normalise_line, normalise_lines])
def test_a_name_has_a_letter_or_digit(normalise: Callable[[str, int], str], text: str) -> None:
    with pytest.raises(ValueError, match="must hold a letter or digit"):
        normalise(text, 20)


@pytest.mark.parametrize("text", ["😀", "👍🏽", "?", "❤\ufe0f"])
def test_a_remark_may_be_an_emoji_or_a_sign(text: str) -> None:
    assert normalise_remark(text, 20) == text


@pytest.mark.parametrize("text", ["\u2800", "\u0301\u0301"], ids=ascii)
def test_a_remark_without_a_visible_character_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must hold a visible character"):
        normalise_remark(text, 20)


def test_a_recipient_of_nothing_visible_is_refused() -> None:
    with pytest.raises(ValueError, match=r"invisible character U\+200B"):
        normalise_line("\u200b", 100)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (" Cafe\u0301 ", "Café"),
        ("iPho\u200bne\u202e", "iPhone"),
        ("a\tb\nc", "a b c"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\ue000\u200b", ""),
    ],
    ids=ascii,
)
def test_a_search_text_drops_characters_that_are_never_stored(text: str, wanted: str) -> None:
    assert looked_up(text) == wanted


@given(st.text())
def test_what_is_normal_stays_as_it_is(text: str) -> None:
    try:
        shown = normalise_prose(text, 1000)
    except ValueError:
        assume(False)

    assert normalise_prose(shown, 1000) == shown
    assert looked_up(shown) == shown.replace("\n", " ")
