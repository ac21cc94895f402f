"""The rows that searches read do not depend on the number of listings."""

from itertools import product

from microshop.platform.mysql import Database
from microshop.search.index_repository import IndexedText
from microshop.search.queries import SearchQueries
from microshop.search.result import MAX_CANDIDATES, SearchPosition
from tests.support.query_cost import rows_read
from tests.support.search_index import pages_of, put_many
from tests.support.tables import empty

_COLOURS = ("red", "blue", "green", "black")
_THINGS = ("kettle", "shirt", "keyboard", "lamp", "chair")


def _shop_of(database: Database, listings: int) -> None:
    empty(database)
    kinds = list(product(_COLOURS, _THINGS))
    texts = {}
    for listing_id in range(1, listings + 1):
        colour, thing = kinds[listing_id % len(kinds)]
        rare = "unique " if listing_id % 250 == 0 else ""
        texts[listing_id] = IndexedText(
            f"{colour} {thing} {listing_id}", (f"SKU-{listing_id:05}", f"{rare}sturdy, everyday, for the home")
        )
    put_many(database, texts)


def test_a_page_reads_as_few_rows_of_many_listings_as_of_few(database: Database) -> None:
    most = {
        "kettle": 35,
        "sturdy": 35,
        "ketlle": 45,
        "red kettle": 200,
        "sturdy home": 60,
        "kettle stu": 60,
        "s": 80,
        "stur": 35,
        "nothing": 20,
        "SKU-00123": 15,
    }
    read: dict[str, list[int]] = {text: [] for text in most}
    for listings in (500, 5000):
        _shop_of(database, listings)
        queries = SearchQueries(database)
        for text, rows in read.items():
            queries.find(text, "en", None, 20)  # the first access reads statistics of the tables as well
            rows.append(rows_read(database, lambda: queries.find(text, "en", None, 20)))  # noqa: B023

    assert {text: rows for text, rows in read.items() if rows[1] > min(most[text], 1.1 * rows[0])} == {}


def test_a_late_page_reads_as_few_rows_as_the_first(database: Database) -> None:
    _shop_of(database, 2000)
    queries, middle = SearchQueries(database), SearchPosition(7, 1000)

    for text in ("kettle", "red kettle"):
        first = rows_read(database, lambda text=text: queries.find(text, "en", None, 20))  # type: ignore[misc]
        late = rows_read(database, lambda text=text: queries.find(text, "en", middle, 20))  # type: ignore[misc]
        assert late <= 1.2 * first, text


def test_a_search_with_few_matches_reads_at_most_its_candidates(database: Database) -> None:
    # Both words are frequent; 1 listing has both.
    texts = {number: IndexedText("even" if number % 2 else "odd", ("number",)) for number in range(1, 4001)}
    put_many(database, texts | {2: IndexedText("even odd", ("number",))})
    queries = SearchQueries(database)

    read = rows_read(database, lambda: queries.find("even odd", "en", None, 20))
    pages = pages_of(database, "even odd", 20)

    assert read <= 2.3 * MAX_CANDIDATES
    assert [each for page in pages for each in page] == [2]
    assert len(pages) <= 5
