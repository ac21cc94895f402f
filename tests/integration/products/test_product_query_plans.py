"""The indexes that lists and searches of products use, and the number of rows they read."""

import pytest

from microshop.platform.mysql import Database, Row
from microshop.products.paging import Position
from microshop.products.product import ProductFilter, parse_search
from microshop.products.queries import ProductQueries
from tests.support.catalogue import put_all_on_sale
from tests.support.query_cost import ExplainingDatabase, rows_read
from tests.support.table_rows import wrong_answers

_ALL = ProductFilter()


def _plan(database: Database, sort: str, criteria: ProductFilter) -> Row:
    explaining = ExplainingDatabase(database)
    ProductQueries(explaining).page(criteria, sort, None, 21)
    return explaining.plan[0]


@pytest.fixture
def large(database: Database) -> Database:
    """Enough products for a realistic query plan."""
    for category in ("Books", "Toys", "Garden", "Kitchen"):
        put_all_on_sale(database, range(100, 600), category=category)
    database.rows("ANALYZE TABLE products")
    return database


def test_a_list_is_read_from_its_index_without_sorting(large: Database) -> None:
    rows = [
        ("newest", _ALL, "products_newest"),
        ("price", _ALL, "products_by_price"),
        ("-price", _ALL, "products_by_price"),
        ("name", _ALL, "products_by_name"),
        ("newest", ProductFilter(category="Toys"), "products_category_newest"),
        ("price", ProductFilter(category="Toys"), "products_category_by_price"),
        ("-price", ProductFilter(category="Toys"), "products_category_by_price"),
        ("price", ProductFilter(min_price_minor=300, max_price_minor=305), "products_by_price"),
        ("name", ProductFilter(category="Toys"), "products_category_by_name"),
        ("newest", ProductFilter(in_stock=True), "products_newest"),
    ]

    def index(sort: str, criteria: ProductFilter) -> object:
        plan = _plan(large, sort, criteria)
        return "sorted" if "filesort" in str(plan["Extra"]) else plan["key"]

    assert wrong_answers(index, rows) == []


def test_a_late_page_reads_few_more_rows_than_it_shows(large: Database) -> None:
    [row] = large.rows("SELECT MIN(id) + 700 AS id FROM products")
    queries, toys = ProductQueries(large), ProductFilter(category="Toys")
    pages = [
        (sort, criteria, Position(value, row["id"]))
        for sort, value in (("newest", None), ("price", 500), ("-price", 150))
        for criteria in (_ALL, toys)
    ]

    def reads_few(sort: str, criteria: ProductFilter, position: Position) -> bool:
        return rows_read(large, lambda: queries.page(criteria, sort, position, 20)) <= 30

    by_name = ("name", _ALL, Position("Product 0400", 1))
    assert wrong_answers(reads_few, [(*page, True) for page in (*pages, by_name)]) == []


def test_a_price_range_in_another_order_uses_the_price_index(large: Database) -> None:
    few = ProductFilter(min_price_minor=300, max_price_minor=301)

    assert [_plan(large, sort, few)["key"] for sort in ("newest", "name")] == ["products_by_price"] * 2


def test_a_search_uses_the_full_text_index(large: Database) -> None:
    assert _plan(large, "newest", ProductFilter(search=parse_search("product")))["type"] == "fulltext"


def test_categories_are_counted_only_from_an_index(large: Database) -> None:
    explaining = ExplainingDatabase(large)

    ProductQueries(explaining, "USD").categories()

    [plan] = explaining.plan
    assert "Using index" in str(plan["Extra"])
    assert "filesort" not in str(plan["Extra"])
