"""Finds words that differ from another one by one typing error: the Damerau-Levenshtein distance 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.search.words import script_of

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

# Another letter in a shorter word is usually another word. Longer words than these would have too many deletions.
_MIN_LENGTH, _MAX_LENGTH = 4, 32
_SCRIPTS = frozenset({"LATIN", "CYRILLIC", "GREEK"})


def is_correctable(word: str) -> bool:
    """Whether a typing error in the word is corrected. Numbers are not: another size or model is another thing."""
    return (
        _MIN_LENGTH <= len(word) <= _MAX_LENGTH and word.isalpha() and all(script_of(each) in _SCRIPTS for each in word)
    )


def deletions(word: str) -> AbstractSet[str]:
    """Returns the word, and the word without each of its letters. Words with one error between them share an entry."""
    return {word, *(word[:position] + word[position + 1 :] for position in range(len(word)))}


def is_one_error(word: str, other: str) -> bool:
    """Whether one wrong, missing, additional or swapped letter makes one word of the other."""
    start = 0
    while word[start : start + 1] == other[start : start + 1] != "":
        start += 1
    left, right = word[start:], other[start:]
    while left[-1:] == right[-1:] != "":
        left, right = left[:-1], right[:-1]
    is_swapped = len(left) == len(right) == 2 and left == right[::-1]
    return is_swapped or max(len(left), len(right)) == 1
