"""What a user may be called."""

import unicodedata

import pytest

from microshop.users.user import MAX_USERNAME_LENGTH, normalise_username


@pytest.mark.parametrize(
    "name",
    [
        "Ada",
        "王小明",
        "José",
        "O'Brien <script>",
        "😀",
        "\U0001f469\u200d\U0001f4bb",
        "'; DROP TABLE users; --",
        "نور",
        "a" * 50,
    ],
)
def test_a_name_may_be_written_in_any_script(name: str) -> None:
    assert normalise_username(name) == name


def test_blanks_around_a_name_are_left_out() -> None:
    assert normalise_username("\u3000 Ada\t\n") == "Ada"


def test_the_two_ways_of_writing_an_accent_are_one_name() -> None:
    decomposed = unicodedata.normalize("NFD", "José")

    assert normalise_username(decomposed) == "José"


@pytest.mark.parametrize("name", ["", "   ", "a" * (MAX_USERNAME_LENGTH + 1), "😀" * (MAX_USERNAME_LENGTH + 1)])
def test_a_name_of_no_or_too_many_characters_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="1 to 50 characters"):
        normalise_username(name)


@pytest.mark.parametrize(
    "hidden",
    [
        "a\x00b",
        "a\nb",
        "a\rb",
        "a\x7fb",
        "a\x1bb",
        "a\u2028b",
        "a\u2029b",
        "a\u200bb",
        "a\u202eb",
        "a\u2066b",
        "a\ufeffb",
    ],
    ids=ascii,
)
def test_characters_that_break_a_line_or_hide_text_are_refused(hidden: str) -> None:
    with pytest.raises(ValueError, match="control characters"):
        normalise_username(hidden)


@pytest.mark.parametrize("invisible", ["\u200d", "\u200d \u200d"], ids=ascii)
def test_a_name_of_nothing_but_joiners_is_refused(invisible: str) -> None:
    with pytest.raises(ValueError, match="must"):
        normalise_username(invisible)
