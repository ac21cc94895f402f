"""What a search looks for: the words of the index that match its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from microshop.search.document import Frequency
from microshop.search.words import is_unspaced, terms_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

MAX_COMPLETIONS = 16
MAX_CORRECTIONS = 3


class Vocabulary(Protocol):
    """Reads the words of the index in one language."""

    def frequencies(self, words: Collection[str]) -> dict[str, Frequency]: ...
    def completions(self, beginning: str, limit: int) -> dict[str, Frequency]: ...
    def corrections(self, word: str, limit: int) -> dict[str, Frequency]: ...


class Group(NamedTuple):
    """Words of which a listing must contain one: with a `beginning`, the most frequent words that begin with it."""

    words: Mapping[str, Frequency]
    beginning: str = ""

    @property
    def frequency(self) -> Frequency:
        """The sums of the frequencies of its words: at most as many listings have one of them."""
        return Frequency(
            sum(each.listings for each in self.words.values()), sum(each.names for each in self.words.values())
        )


class Interpretation(NamedTuple):
    """Two ways to match a search, each as groups that must all match; None if nothing can.

    `exact` has whole words. `broad` also has words that begin with the last one of the search, and the parts of
    compounds. `completions` are words that begin with the last one: those in names of listings before others, then the
    most frequent first. The words of `corrections` are not in the index, but their values are.
    """

    exact: Sequence[Group] | None
    broad: Sequence[Group] | None
    completions: Sequence[str]
    corrections: Mapping[str, Sequence[str]]


def interpret(search: str, vocabulary: Vocabulary) -> Interpretation:
    """Returns what a search looks for.

    Of a word that is not in the index, words that begin with it are searched; if there are none either, words with one
    typing error between them.
    """
    terms = terms_of(search)
    words = list(dict.fromkeys(word for term in terms for word in term.words))
    known = vocabulary.frequencies({*words, *(term.compound for term in terms if term.compound)})
    whole = [word for term in terms for word in ((term.compound,) if term.compound in known else term.words)]
    exact = _exact(list(dict.fromkeys(whole)), known)
    groups: dict[str, Group] = {}
    corrections: dict[str, Sequence[str]] = {}
    for word in words:
        group = Group({word: known[word]}) if word in known else Group({})
        if _is_beginning(word, known, is_last=word == words[-1]):
            group = Group({**group.words, **vocabulary.completions(word, MAX_COMPLETIONS)}, word)
        if not group.words and exact is None:
            group = Group(vocabulary.corrections(word, MAX_CORRECTIONS))
            corrections[word] = tuple(group.words)
        if not group.words:
            return Interpretation(exact, None, (), {})
        groups[word] = group
    broad = list(groups.values())
    is_same = exact is not None and [group.words for group in exact] == [group.words for group in broad]
    completions = _completions(broad[-1], words[-1]) if broad else []
    return Interpretation(exact, broad if broad and not is_same else None, completions, corrections)


def _completions(last: Group, word: str) -> list[str]:
    found = [each for each in last.words if last.beginning and each != word]
    return sorted(found, key=lambda each: not last.words[each].names)


def _exact(words: Sequence[str], known: Mapping[str, Frequency]) -> list[Group] | None:
    return [Group({word: known[word]}) for word in words] if words and all(word in known for word in words) else None


def _is_beginning(word: str, known: Mapping[str, Frequency], *, is_last: bool) -> bool:
    if is_unspaced(word):
        return False
    # A number that exists is this number: size 4 is not size 40.
    return word not in known or (is_last and not word.isdecimal())
