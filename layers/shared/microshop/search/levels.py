"""The order of results: levels of relevance, and what the listings of each level have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from microshop.search.interpretation import Group, Interpretation

_IN_NAME, _ELSEWHERE = 2, 0  # search_postings.relevance of a listing that is sold out


class Match(NamedTuple):
    """A condition for listings: they contain a word of each group; if `in_name`, in their name."""

    groups: Sequence[Group]
    in_name: bool

    @property
    def driver(self) -> Group:
        """The rarest group. Candidates are listings with one of its words."""
        return min(self.groups, key=self.candidates_of)

    @property
    def is_possible(self) -> bool:
        """Whether each group has words that are in names, if they must be."""
        return all(map(self.candidates_of, self.groups))

    def candidates_of(self, group: Group) -> int:
        """Returns how many listings may match because of a group."""
        return group.frequency.names if self.in_name else group.frequency.listings


class Level(NamedTuple):
    """Listings with the same relevance: they fulfil `match`, but none of the matches of better levels (`excluded`)."""

    relevance: int
    match: Match
    excluded: Sequence[Match]

    @property
    def sources(self) -> list[tuple[str, int]]:
        """The entries that may belong to the level: words, each with the relevance of its entries."""
        stock = self.relevance % 2
        return [
            (word, kind + stock)
            for word, frequency in self.match.driver.words.items()
            for kind in (_IN_NAME, _ELSEWHERE)
            if self._has_candidates(kind, in_names=frequency.names, elsewhere=frequency.listings - frequency.names)
        ]

    @property
    def is_certain(self) -> bool:
        """Whether all entries of the sources belong to the level, so that no document needs to be read."""
        if len(self.match.groups) > 1:
            return False
        # An entry for a word outside the name says that this word is not in the name.
        own = self.match._replace(in_name=True) if len(self.match.driver.words) == 1 else None
        return all(match == own for match in self.excluded)

    def _has_candidates(self, kind: int, *, in_names: int, elsewhere: int) -> bool:
        if kind == _ELSEWHERE:
            return elsewhere > 0 and not self.match.in_name
        # The word may be in the name, and the word of another group elsewhere.
        return in_names > 0 and (self.match.in_name or len(self.match.groups) > 1)


def levels_of(interpretation: Interpretation) -> Iterator[Level]:
    """Yields the levels of a search that may have results, the best first."""
    matches = [
        (match, 4 * in_name + 2 * is_exact)
        for in_name in (True, False)
        for groups, is_exact in ((interpretation.exact, True), (interpretation.broad, False))
        if groups and (match := Match(groups, in_name)).is_possible
    ]
    for number, (match, relevance) in enumerate(matches):
        excluded = [better for better, _ in matches[:number]]
        for stock in (1, 0):
            level = Level(relevance + stock, match, excluded)
            if level.sources:
                yield level
