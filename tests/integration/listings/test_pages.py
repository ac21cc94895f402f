"""Pages of lists of listings: what did not change is shown once, whatever changes between two pages."""

import random
from collections.abc import Callable

import pytest

from microshop.listings import reading
from microshop.listings.filters import ListingFilter, OptionFilter
from microshop.listings.list_queries import ListQueries
from microshop.listings.paging import RELEVANCE, SORTS, Position, decode_cursor
from microshop.listings.reading import Batch, ListingLists
from microshop.platform.mysql import Database
from tests.integration.listings.conftest import ENGLISH
from tests.support.listings import GivenVariant, change_on_shelves, put_listing, take_off_shelves

_NAMES = ("Apron", "apron", "Bag 2", "Bag 10", "Écru", "茶壶", "Zip")
_RED = ListingFilter(options=(OptionFilter("color", ("red",)),))


class _EveryListing:
    """A search that finds all listings, those with an even id first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, text: str, after: Position | None, limit: int) -> Batch:  # noqa: ARG002
        rows = self._database.rows("SELECT listing_id FROM shelf_entries WHERE shelf = 'all' AND language = 'en'")
        positions = sorted(
            (Position(2 - row["listing_id"] % 2, row["listing_id"]) for row in rows),
            key=lambda position: (position.value, position.id),
            reverse=True,
        )
        if after is not None:
            positions = [each for each in positions if (each.value, each.id) < (after.value, after.id)]
        return Batch(positions[:limit], positions[limit - 1] if len(positions) > limit else None)


def _put(database: Database, random_source: random.Random) -> int:
    color = random_source.choice(("red", "blue"))
    variant = GivenVariant(f"color={color}", random_source.choice((100, 200, 300)))
    return put_listing(database, names=random_source.choice(_NAMES), variants=[variant])


def _walk(lists: ListingLists, criteria: ListingFilter, sort: str, between: Callable[[], object] = int) -> list[int]:
    """Returns the ids of a whole list, read in pages of three. Calls `between` after each page."""
    found, after = list[int](), None
    while True:
        page = lists.page(criteria, sort, after, 3).page
        found += [item.id for item in page.items]
        if page.next_cursor is None:
            return found
        after = decode_cursor(page.next_cursor, ("en", sort, criteria))
        between()


@pytest.mark.parametrize(
    ("sort", "criteria"),
    [
        *((sort, criteria) for sort in SORTS for criteria in (ListingFilter(), _RED, ListingFilter(search="x"))),
        (RELEVANCE, ListingFilter(search="x")),
        (RELEVANCE, ListingFilter(search="x", options=_RED.options)),
    ],
)
def test_pages_neither_repeat_nor_skip_what_did_not_change(
    database: Database, sort: str, criteria: ListingFilter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_CANDIDATES", 1000 if criteria.search else 6)
    lists = ListingLists("en", ListQueries(database, ENGLISH), _EveryListing(database))
    chance = random.Random(7)
    ids = [_put(database, chance) for _ in range(24)]
    before = _walk(lists, criteria, sort)
    untouched = set(ids)

    def change_the_catalogue() -> None:
        _put(database, chance)
        archived, changed = chance.sample(sorted(untouched), 2)
        take_off_shelves(database, archived)
        change_on_shelves(database, changed, name=chance.choice(_NAMES), price_minor=chance.choice((50, 200, 400)))
        untouched.difference_update((archived, changed))

    found = _walk(lists, criteria, sort, change_the_catalogue)

    kept = [listing_id for listing_id in found if listing_id in untouched]
    assert kept == [listing_id for listing_id in before if listing_id in untouched]
    assert 0 < len(untouched) < len(ids)
