"""The indexes that lists and facets use, and the rows that they read in shops of different sizes."""

from collections.abc import Callable

import pytest

from microshop.limits import MAX_ID
from microshop.listings.facet_queries import FacetQueries
from microshop.listings.facet_reading import FacetReader
from microshop.listings.filters import ListingFilter, OptionFilter
from microshop.listings.list_queries import ListQueries
from microshop.listings.match_queries import MatchQueries
from microshop.listings.paging import SORTS, Position
from microshop.listings.reading import ListingLists
from microshop.listings.staff_queries import StaffQueries
from microshop.platform.mysql import Database
from tests.integration.listings.conftest import ENGLISH
from tests.support.listings import put_many
from tests.support.query_cost import ExplainingDatabase, rows_read
from tests.support.table_rows import wrong_answers

_BRAND = """
INSERT INTO brands (name, name_key, created_at, updated_at)
VALUES (%(name)s, %(name)s, NOW(6), NOW(6))
"""
_SMALL, _LARGE = 1500, 5000
_RARE = ListingFilter(options=(OptionFilter("color", ("unknown",)),))
_DENSE = ListingFilter(options=(OptionFilter("color", ("red",)),))


@pytest.mark.parametrize("sort", SORTS)
def test_a_list_is_read_from_its_index_without_sorting(database: Database, sort: str) -> None:
    put_many(database, _SMALL)
    explaining = ExplainingDatabase(database)
    value = {"newest": None, "name": "7a"}.get(sort, 500)

    def index(after: Position | None) -> object:
        ListQueries(explaining, ENGLISH).entries("all", sort, after, 21)
        [plan] = explaining.plan
        return "sorted" if "filesort" in str(plan["Extra"]) else plan["key"]

    expected = {"newest": "PRIMARY", "name": "shelf_entries_by_name"}.get(sort, "shelf_entries_by_price")
    assert wrong_answers(index, [(None, expected), (Position(value, 2**40), expected)]) == []


def test_a_list_of_staff_reads_only_the_brands_that_it_shows(database: Database) -> None:
    for number in range(300):
        database.execute(_BRAND, {"name": f"brand {number}"})
    put_many(database, 30)

    read = rows_read(database, lambda: StaffQueries(database, "en").newest(None, MAX_ID, 21))

    assert read < 150


def test_lists_and_facets_read_as_many_rows_in_a_larger_shop(database: Database) -> None:
    lists = ListingLists("en", ListQueries(database, ENGLISH), MatchQueries(database, "en"))
    facets = FacetReader(
        ENGLISH, ListQueries(database, ENGLISH), MatchQueries(database, "en"), FacetQueries(database, ENGLISH)
    )

    def page(criteria: ListingFilter, sort: str, *, counted: bool = False) -> Callable[[], object]:
        return lambda: lists.page(criteria, sort, None, 20, counted=counted)

    actions = {
        **{f"list, {sort}": page(ListingFilter(), sort) for sort in SORTS},
        "dense filter": page(_DENSE, "newest"),
        "rare filter": page(_RARE, "price"),
        "count": page(_DENSE, "name", counted=True),
        "facets": lambda: facets.render(_DENSE),
    }
    put_many(database, _SMALL)
    small = {name: rows_read(database, action) for name, action in actions.items()}
    put_many(database, _LARGE - _SMALL)
    large = {name: rows_read(database, action) for name, action in actions.items()}

    assert {name: (small[name], large[name]) for name in actions if large[name] > 1.3 * small[name]} == {}
    assert small["list, newest"] < 300
