"""A listing in the search index, in one language."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from microshop.search.words import words_of
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self

MAX_OTHER_WORDS = 1000
"""The words of a listing outside its name that are indexed. Those of the shortest texts come first."""


class IndexedText(Value):
    """The texts of a listing in one language.

    `others` are its description, brand, SKUs, values of options and names of categories.
    """

    name: str
    others: Sequence[str]


class Frequency(NamedTuple):
    """How many listings contain a word, and how many of them in their name."""

    listings: int
    names: int


class Document(Value):
    """The words of a listing. `other_words` are those outside the name."""

    in_stock: bool
    name_words: frozenset[str]
    other_words: frozenset[str]

    @classmethod
    def of(cls, text: IndexedText, *, in_stock: bool) -> Self:
        """Returns the document of a listing with this text."""
        name_words, others = words_of(text.name), set[str]()
        # A long description must not displace the SKUs.
        for other in sorted(text.others, key=len):
            free = MAX_OTHER_WORDS - len(others)
            others.update(sorted(words_of(other) - name_words - others)[:free])
        return cls(in_stock, name_words, frozenset(others))

    @classmethod
    def stored(cls, in_stock: int, name_words: str, other_words: str) -> Self:
        """Returns the document in a row of `search_documents`."""
        return cls(bool(in_stock), frozenset(name_words.split()), frozenset(other_words.split()))

    @property
    def words(self) -> frozenset[str]:
        """All words."""
        return self.name_words | self.other_words

    def frequencies(self) -> dict[str, Frequency]:
        """Returns each word with what the listing adds to its frequency."""
        return {word: Frequency(1, int(word in self.name_words)) for word in self.words}

    def columns(self) -> dict[str, object]:
        """Returns the values of a row of `search_documents`."""
        return {
            "in_stock": self.in_stock,
            "name_words": _surrounded(self.name_words),
            "other_words": _surrounded(self.other_words),
        }

    def relevances(self) -> Iterator[tuple[str, int]]:
        """Yields each word with the relevance that it gives the listing: the column of `search_postings`."""
        for words, relevance in ((self.name_words, 2), (self.other_words, 0)):
            for word in words:
                yield word, relevance + self.in_stock


def _surrounded(words: frozenset[str]) -> str:
    return f" {' '.join(sorted(words))} "
