"""Use cases that read lists of listings. docs/decisions/0091-lists-and-facets.md has the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from microshop.cursors import MAX_COUNTED, Count, Page
from microshop.listings.paging import RELEVANCE, Position, encode_cursor

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from microshop.listings.filters import ListingFilter
    from microshop.listings.shown_listing import ListedListing

ALL = "all"
"""The shelf of all listings on sale."""
MAX_CANDIDATES = 1000
"""The listings that a request tests at most. A page may therefore be short and still have a next one."""
# Each round tests four times as many listings as the one before, so a rare match costs five queries and not fifty.
_GROWTH = 4


class Batch(NamedTuple):
    """Candidates in the order of the list, and the position after which there may be more; None at the end.

    `corrections` has the words of a search that no listing has, each with those that were searched instead.
    """

    positions: list[Position]
    next: Position | None
    corrections: Mapping[str, Sequence[str]] = {}


class ListedPage(NamedTuple):
    """A page of a list, and the corrections of its search as in Batch."""

    page: Page[ListedListing]
    corrections: Mapping[str, Sequence[str]] = {}


class Shelves(Protocol):
    """Reads lists of listings on sale in one language."""

    def category_id(self, category: str) -> int | None: ...
    def entries(
        self, shelf: str, sort: str, after: Position | None, limit: int, max_price_minor: int | None = None
    ) -> list[Position]: ...
    def among(self, shelf: str, sort: str, listing_ids: Collection[int]) -> list[Position]: ...
    def matching(self, listing_ids: Collection[int], criteria: ListingFilter) -> set[int]: ...
    def listed(self, listing_ids: Collection[int]) -> dict[int, ListedListing]: ...


class Matches(Protocol):
    """Finds the listings of a search, the best ones first."""

    def find(self, text: str, after: Position | None, limit: int) -> Batch: ...


type Candidates = Callable[[Position | None, int], Batch]
type Test = Callable[[Collection[int]], set[int]]


class ListingLists:
    """The lists of one language. The scope of a cursor is the language, the sort order and the filters."""

    def __init__(self, language: str, shelves: Shelves, matches: Matches) -> None:
        self._language = language
        self._shelves = shelves
        self._matches = matches

    def page(
        self, criteria: ListingFilter, sort: str, after: Position | None, limit: int, *, counted: bool = False
    ) -> ListedPage:
        """Returns one page, and the count of the list if `counted`.

        No page repeats or skips a listing whose place in the order has not changed. At most 1,000 candidates are
        tested, so the page may have fewer than `limit` items, or none, and a next cursor.
        """
        shelves = shelf_names(criteria, self._shelves)
        if shelves is None:
            return ListedPage(Page([], None, Count(0, exact=True) if counted else None))
        candidates, test = self._candidates(criteria, sort, shelves), self._test(criteria, sort, shelves)
        found, end, corrections = _scan(candidates, test, after, limit)
        listed = self._shelves.listed([position.id for position in found])
        items = [listed[position.id] for position in found if position.id in listed]
        scope = (self._language, sort, criteria)
        page = Page(items, encode_cursor(end, scope) if end else None)
        if counted:
            page = page.with_count(lambda: self._count(criteria, shelves), is_first=after is None)
        return ListedPage(page, corrections)

    def _candidates(self, criteria: ListingFilter, sort: str, shelves: tuple[str, ...]) -> Candidates:
        text = criteria.search
        if text is None:
            return lambda after, limit: self._of_shelf(criteria, sort, shelves[0], after, limit)
        if sort == RELEVANCE:
            return lambda after, limit: self._matches.find(text, after, limit)
        best = self._matches.find(text, None, MAX_CANDIDATES)
        ids = [position.id for position in best.positions]
        ordered = in_order(self._shelves.among(shelves[0], sort, ids), sort)
        return lambda after, limit: _following(ordered, sort, after, limit)._replace(corrections=best.corrections)

    def _of_shelf(self, criteria: ListingFilter, sort: str, shelf: str, after: Position | None, limit: int) -> Batch:
        positions = self._shelves.entries(shelf, sort, after, limit, criteria.max_price_minor)
        return Batch(positions, positions[-1] if len(positions) == limit else None)

    def _test(self, criteria: ListingFilter, sort: str, shelves: tuple[str, ...]) -> Test:
        # The best matches of a search may be on any shelf. Other candidates are from the first one.
        others = [shelf for shelf in shelves if shelf != ALL] if sort == RELEVANCE else shelves[1:]

        def test(listing_ids: Collection[int]) -> set[int]:
            matching = set(listing_ids)
            for shelf in others:
                matching = {position.id for position in self._shelves.among(shelf, "newest", matching)}
            return self._shelves.matching(matching, criteria) if criteria.tests_variants else matching

        return test

    def _count(self, criteria: ListingFilter, shelves: tuple[str, ...]) -> Count:
        # In the order of prices, a highest price leaves out candidates without testing them.
        sort = "price" if criteria.search is None else RELEVANCE
        positions, more, _ = self._candidates(criteria, sort, shelves)(None, MAX_COUNTED + 1)
        test = self._test(criteria, sort, shelves)
        found = test([position.id for position in positions[:MAX_COUNTED]])
        return Count(len(found), exact=more is None and len(positions) <= MAX_COUNTED)


def shelf_names(criteria: ListingFilter, shelves: Shelves) -> tuple[str, ...] | None:
    """Returns the shelves that a listing must be on, the list's own first; None if there is no such category."""
    names = list[str]()
    if criteria.category is not None:
        category_id = shelves.category_id(criteria.category)
        if category_id is None:
            return None
        names.append(f"category:{category_id}")
    if criteria.brand_id is not None:
        names.append(f"brand:{criteria.brand_id}")
    return tuple(names) or (ALL,)


def in_order(positions: Iterable[Position], sort: str) -> list[Position]:
    """Returns positions in the order of a list. It is the order of the shelves' indexes (list_queries.py)."""
    return sorted(positions, key=_sort_key(sort))


def _scan(candidates: Candidates, test: Test, after: Position | None, limit: int) -> Batch:
    """Returns at most `limit` positions, and the one after which the next page begins; None at the end."""
    found, tested, size = list[Position](), 0, limit + 1
    while True:
        positions, after, corrections = candidates(after, size)
        matching = test([position.id for position in positions])
        found += [position for position in positions if position.id in matching]
        tested += len(positions)
        if len(found) > limit:
            return Batch(found[:limit], found[limit - 1], corrections)
        # A search may stop before it has `size` candidates.
        if after is None or tested >= MAX_CANDIDATES or len(positions) < size:
            return Batch(found, after, corrections)
        size = min(size * _GROWTH, MAX_CANDIDATES - tested)


def _following(ordered: list[Position], sort: str, after: Position | None, limit: int) -> Batch:
    key = _sort_key(sort)
    following = ordered if after is None else [position for position in ordered if key(position) > key(after)]
    return Batch(following[:limit], following[limit - 1] if len(following) > limit else None)


def _sort_key(sort: str) -> Callable[[Position], tuple[Any, int]]:
    if sort in ("newest", "-price"):
        return lambda position: (-(position.value or 0), -position.id)  # type: ignore[operator]
    return lambda position: (position.value, position.id)
