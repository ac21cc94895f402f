"""Normal forms of text that people enter."""

# ruff: noqa: RUF001 - Arabic and Persian letters are meant

import unicodedata
from collections.abc import Callable, Iterable, Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from microshop.text import (
    is_storable,
    normalise_line,
    normalise_lines,
    normalise_prose,
    normalise_remark,
    normalise_search,
)
from tests.support.table_rows import not_refused, wrong_answers

type _Normalise = Callable[[str, int], str]

_ALL: list[_Normalise] = [normalise_line, normalise_lines, normalise_remark, normalise_prose]
_CONTROL = ["\x00", "\r", "\x0b", "\x1b", "\x7f", "\x85", "\u2028", "\u2029"]
_BIDI = ["\u061c", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2069"]
_INVISIBLE = ["\u00ad", "\u034f", "\u115f", "\u180e", "\u200b", "\u2060", "\u2061", "\u3164", "\ufeff", "\ufff9"]
_INVISIBLE += ["\ufffc", "\uffa0", "\U000e0041"]
_NO_CHARACTERS = ["\u0378", "\ue000", "\ufdd0", "\ufffe", "\U0001ffff", "\U000f0000", "\U0010ffff"]
_ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


def _not_refused(normalise: _Normalise, texts: Iterable[str], reason: str) -> list[str]:
    """Returns the texts that `normalise` allows, with a limit of 20 characters."""
    return not_refused(lambda text: normalise(text, 20), texts, reason)


def _not_refused_everywhere(reasons: Mapping[str, str]) -> list[str]:
    """Returns the characters that some kind of text allows, or refuses for another reason."""
    return [
        f"{normalise.__name__}: {wrong}"
        for normalise in _ALL
        for character, reason in reasons.items()
        for wrong in _not_refused(normalise, [f"a{character}b"], reason)
    ]


def test_text_is_storable_unless_it_has_nul_or_half_a_surrogate_pair() -> None:
    storable = ["", "Ada", "王小明", "😀", "a\nb", "\ufffd", "\x01"]
    unstorable = ["\x00", "a\x00b", "\ud800", "a\udfffb"]

    assert [text for text in storable if not is_storable(text)] == []
    assert [text for text in unstorable if is_storable(text)] == []


def test_line_may_be_written_in_any_script() -> None:
    shown = [
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
        "ᠮᠣᠩᠭ\u200dᠣᠯ",  # Mongolian
        "ꦏ꧀\u200cꦏ",  # Javanese
        "𞤀\u200c𞤁",  # Adlam
        "Ada 👩🏽\u200d🚀",
        "Ada 🏳\ufe0f\u200d🌈",
        "Ada 🙂\u200d↔\ufe0f",
        "Ada ❤\ufe0f ©\ufe0f",
        "Room 1\ufe0f\u20e3",
        f"Ada {_ENGLAND}",
        "Ada \U0001fae9",
        "سورة ١\u06dd",
    ]

    assert wrong_answers(lambda text: normalise_line(text, 40), [(text, text) for text in shown]) == []


def test_line_is_measured_without_blanks_around_it() -> None:
    assert normalise_line("\u3000\u00a0 Kettle \t", 6) == "Kettle"


def test_pasted_tab_becomes_a_space_in_every_kind_of_text() -> None:
    assert {normalise("12\tMain Street", 20) for normalise in _ALL} == {"12 Main Street"}


def test_line_is_refused_when_it_has_a_break_or_control_character() -> None:
    around = ["Kettle\n", "\r\nKettle", "Kettle\x85", "\u2028Kettle"]
    inside = [f"a{character}b" for character in ("\n", *_CONTROL)]

    for normalise in (normalise_line, normalise_remark):
        assert _not_refused(normalise, [*around, *inside], "must not contain control characters") == []


def test_decomposed_accent_becomes_one_character_in_every_kind_of_text() -> None:
    decomposed = unicodedata.normalize("NFD", "Café")

    assert {normalise(decomposed, 4) for normalise in _ALL} == {"Café"}


def test_text_is_refused_when_it_is_blank_or_too_long() -> None:
    for normalise in (normalise_line, normalise_lines, normalise_remark):
        assert _not_refused(normalise, ["", "  ", "\u3000", "a" * 21, "😀" * 21], "must have 1 to 20 characters") == []


def test_prose_may_be_empty() -> None:
    assert normalise_prose(" \n ", 20) == ""

    with pytest.raises(ValueError, match="must have at most 20 characters"):
        normalise_prose("a" * 21, 20)


def test_lines_are_separated_only_by_line_feeds() -> None:
    texts = ["1 Main Street\nBerlin", "1 Main Street\r\nBerlin", "\r\n1 Main Street\nBerlin\n"]

    assert {normalise(text, 30) for normalise in (normalise_lines, normalise_prose) for text in texts} == {
        "1 Main Street\nBerlin"
    }


def test_lines_are_refused_when_they_have_another_control_character() -> None:
    texts = [f"a{character}b" for character in _CONTROL]

    for normalise in (normalise_lines, normalise_prose):
        assert _not_refused(normalise, texts, "must not contain control characters") == []


def test_text_is_refused_with_the_code_of_its_invisible_character() -> None:
    refusals = {
        character: f"must not contain the invisible character U+{ord(character):04X}"
        for character in (*_BIDI, *_INVISIBLE)
    }

    assert _not_refused_everywhere(refusals) == []


def test_text_is_refused_with_the_code_point_that_is_not_a_character() -> None:
    refusals = {
        character: f"must not contain U+{ord(character):04X}, which is not a character" for character in _NO_CHARACTERS
    }

    assert _not_refused_everywhere(refusals) == []


def test_line_is_refused_when_a_joiner_or_selector_means_nothing_there() -> None:
    texts = [
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
    ]

    assert _not_refused(normalise_line, texts, "must not contain the invisible character") == []


def test_text_is_refused_when_it_has_no_letter_or_digit() -> None:
    for normalise in (normalise_line, normalise_lines):
        assert (
            _not_refused(
                normalise, ["😀", "👩🏽\u200d🚀", "—", "...", "\u0301", "\u2800"], "must contain a letter or digit"
            )
            == []
        )


def test_remark_may_be_an_emoji_or_a_sign() -> None:
    remarks = ["😀", "👍🏽", "?", "❤\ufe0f"]

    assert [normalise_remark(text, 20) for text in remarks] == remarks


def test_remark_is_refused_when_it_has_no_visible_character() -> None:
    assert _not_refused(normalise_remark, ["\u2800", "\u0301\u0301"], "must contain a visible character") == []


def test_line_of_invisible_characters_is_refused() -> None:
    with pytest.raises(ValueError, match=r"invisible character U\+200B"):
        normalise_line("\u200b", 100)


def test_search_text_drops_characters_that_are_never_stored() -> None:
    rows = [
        (" Cafe\u0301 ", "Café"),
        ("iPho\u200bne\u202e", "iPhone"),
        ("a\tb\nc", "a b c"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\ue000\u200b", ""),
    ]

    assert wrong_answers(normalise_search, rows) == []


@given(st.text())
def test_normal_text_stays_unchanged(text: str) -> None:
    try:
        shown = normalise_prose(text, 1000)
    except ValueError:
        assume(False)

    assert normalise_prose(shown, 1000) == shown
    assert normalise_search(shown) == shown.replace("\n", " ")
