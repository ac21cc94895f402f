"""Use case: suggestions while somebody types a search."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, Protocol

from microshop.collation import fold
from microshop.search.words import is_unspaced, terms_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from microshop.search.result import SearchPosition, SearchResult

MAX_COMPLETIONS = 10
MAX_LISTINGS = 6
_LISTINGS_READ = 12
_MAX_ADDED_CHARACTERS = 6  # of a script without blanks


class SuggestedListing(NamedTuple):
    """A listing on sale, with its name in the language of the search or in the default language."""

    id: int
    slug: str
    name: str


class Suggestions(NamedTuple):
    """Searches that have results and begin with what was typed, and the first listings that it finds."""

    completions: Sequence[str]
    listings: Sequence[SuggestedListing]


class Search(Protocol):
    """Searches the index."""

    def find(self, text: str, language: str, after: SearchPosition | None, limit: int) -> SearchResult: ...


class Names(Protocol):
    """Reads listings in one language."""

    def listings(self, listing_ids: Sequence[int]) -> list[SuggestedListing]: ...


def suggest(typed: str, language: str, search: Search, names: Names) -> Suggestions:
    """Returns suggestions for the beginning of a search, of which the last word may be incomplete."""
    terms = terms_of(typed)
    if not terms:
        return Suggestions((), ())
    result = search.find(typed, language, None, _LISTINGS_READ)
    listings = names.listings(result.ids) if result.ids else []
    last = terms[-1].words[-1]
    if last in result.corrections:
        endings: Iterable[str] = result.corrections[last]
    elif len(terms) == len(terms[0].words) == 1 and not is_unspaced(last):
        # Customers who type letters do not look for a SKU.
        endings = [word for word in result.completions if word.isalpha() or not last.isalpha()]
    else:
        endings = _endings_in(listings, last)
    return Suggestions(_completed(typed, last, endings), listings[:MAX_LISTINGS])


def _completed(typed: str, last: str, endings: Iterable[str]) -> list[str]:
    # Nothing completes a word that is followed by a separator. A search has at most 100 characters.
    start = next((start for start in reversed(range(len(typed))) if fold(typed[start:]) == last), None)
    if start is None:
        return []
    return [typed[:start] + ending for ending in endings if ending != last][:MAX_COMPLETIONS]


def _endings_in(listings: Sequence[SuggestedListing], last: str) -> list[str]:
    """Returns the continuations of a word in the names of found listings, the most frequent first."""
    found = (ending for listing in listings for ending in {*_endings_of(listing.name, last)})
    return [ending for ending, _ in Counter(sorted(found)).most_common()]


def _endings_of(name: str, last: str) -> Iterator[str]:
    if not is_unspaced(last):
        yield from (word for word in words_of(name) if word.startswith(last))
        return
    _, found, following = fold(name).partition(last)
    end = next((end for end, each in enumerate(following) if not is_unspaced(each)), len(following))
    if found:
        yield last + following[: min(end, _MAX_ADDED_CHARACTERS)]
