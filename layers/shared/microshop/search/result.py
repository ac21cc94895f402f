"""The result of a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_CANDIDATES = 1000
"""The entries of the index that one search reads at most."""


class SearchPosition(Value):
    """A place in the list of results, which is sorted by relevance and then by id, both descending.

    The relevance is from 0 to 7: 4 if all words are in the name, 2 if they are whole words and none only begins with a
    word of the search, and 1 if the listing is in stock.
    """

    relevance: int
    listing_id: int


MAX_RELEVANCE = 7


class SearchResult(Value):
    """Found listings, each with its position.

    There may be more after `next`, even if fewer than the limit were found, because a search reads MAX_CANDIDATES at
    most. `completions` are words that begin with the last word of the search, those in names of listings first.
    `corrections` has the words that the shop does not know, each with the words that were searched instead.
    """

    ids: Sequence[int]
    positions: Sequence[SearchPosition]
    next: SearchPosition | None
    completions: Sequence[str]
    corrections: Mapping[str, Sequence[str]]
