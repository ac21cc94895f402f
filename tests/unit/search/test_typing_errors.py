"""Which words differ by one typing error."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from microshop.search.typing_errors import deletions, is_correctable, is_one_error
from tests.support.table_rows import wrong_answers

_WORDS = st.text("abc", min_size=0, max_size=6)


def test_one_wrong_missing_additional_or_swapped_letter_is_one_error() -> None:
    rows = [
        ("keybord", "keyboard", True),
        ("keyboardd", "keyboard", True),
        ("keyboerd", "keyboard", True),
        ("kebyoard", "keyboard", True),
        ("eyboard", "keyboard", True),
        ("aabb", "aab", True),
        ("keyboard", "keyboard", False),
        ("kebord", "keyboard", False),
        ("yekboard", "keyboard", False),
        ("abcd", "bcda", False),
        ("ab", "", False),
    ]

    assert wrong_answers(is_one_error, rows) == []


@given(_WORDS, _WORDS)
def test_a_word_differs_by_one_error_if_one_edit_makes_it(word: str, other: str) -> None:
    assert is_one_error(word, other) == (other in _edits(word) - {word})


@given(_WORDS, _WORDS)
def test_words_with_one_error_between_them_share_a_deletion(word: str, other: str) -> None:
    assert not is_one_error(word, other) or deletions(word) & deletions(other)


def test_only_letters_of_three_scripts_are_corrected() -> None:
    rows = [
        ("shirt", True),
        ("кофе", True),
        ("καφεσ", True),
        ("tea", False),
        ("2000", False),
        ("cof001", False),
        ("手机手机", False),
        ("हिन्दी", False),
        ("a" * 33, False),
    ]

    assert wrong_answers(is_correctable, rows) == []


def _edits(word: str) -> set[str]:
    cuts = [(word[:position], word[position:]) for position in range(len(word) + 1)]
    return {
        *(left + right[1:] for left, right in cuts if right),
        *(left + letter + right for (left, right), letter in product(cuts, "abc")),
        *(left + letter + right[1:] for (left, right), letter in product(cuts, "abc") if right),
        *(left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1),
    }
