"""The order of results: levels of relevance, and what the listings of each level have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from microshop.search.interpretation import Group, Interpretation


class Match(NamedTuple):
    """A condition for listings: they contain a word of each group; if `in_name`, in their name.

    Candidates come from the index of the words of the `driver`, the rarest group.
    """

    groups: Sequence[Group]
    in_name: bool

    @property
    def driver(self) -> Group:
        """The group that the fewest listings match."""
        return min(self.groups, key=lambda group: group.listings)


class Level(NamedTuple):
    """Listings with the same relevance: they fulfil `match`, but no match of a better level (`excluded`)."""

    relevance: int
    match: Match
    excluded: Sequence[Match]

    @property
    def sources(self) -> list[tuple[str, int]]:
        """The entries that may belong to the level: words, and the relevance that the listing has for the word."""
        stock = self.relevance % 2
        # A listing of a level of descriptions may have one of several words in its name.
        kinds = [2] if self.match.in_name else [0] if len(self.match.groups) == 1 else [0, 2]
        return [(word, kind + stock) for word in self.match.driver.counts for kind in kinds]

    @property
    def is_certain(self) -> bool:
        """Whether all entries of the sources belong to the level, so that no document needs to be read."""
        if len(self.match.groups) > 1:
            return False
        # An entry for a word outside the name says that this word is not in the name.
        own = self.match._replace(in_name=True) if len(self.match.driver.counts) == 1 else None
        return all(match == own for match in self.excluded)


def levels_of(interpretation: Interpretation) -> Iterator[Level]:
    """Yields the levels of a search that may have results, the best first."""
    matches = [
        (Match(groups, in_name), 4 * in_name + 2 * is_exact)
        for in_name in (True, False)
        for groups, is_exact in ((interpretation.exact, True), (interpretation.broad, False))
        if groups
    ]
    for number, (match, relevance) in enumerate(matches):
        excluded = [better for better, _ in matches[:number]]
        for stock in (1, 0):
            yield Level(relevance + stock, match, excluded)
