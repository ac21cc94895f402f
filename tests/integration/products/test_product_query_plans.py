"""The indexes that lists and searches of products use, and the number of rows they read."""

import pytest

from microshop.platform.mysql import Database, Row
from microshop.products.paging import Position
from microshop.products.product import ProductFilter, parse_search
from microshop.products.queries import ProductQueries
from tests.support.catalogue import put_all_on_sale
from tests.support.query_cost import ExplainingDatabase, rows_read

_ALL = ProductFilter()


def _plan(database: Database, sort: str, chosen: ProductFilter) -> Row:
    explaining = ExplainingDatabase(database)
    ProductQueries(explaining).page(chosen, sort, None, 21)
    return explaining.plan[0]


@pytest.fixture
def large(database: Database) -> Database:
    """Enough products for a realistic query plan."""
    for category in ("Books", "Toys", "Garden", "Kitchen"):
        put_all_on_sale(database, range(100, 600), category=category)
    database.rows("ANALYZE TABLE products")
    return database


@pytest.mark.parametrize(
    ("sort", "chosen", "key"),
    [
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
    ],
)
def test_a_list_is_read_from_its_index_without_sorting(
    large: Database, sort: str, chosen: ProductFilter, key: str
) -> None:
    plan = _plan(large, sort, chosen)

    assert plan["key"] == key
    assert "filesort" not in str(plan["Extra"])


@pytest.mark.parametrize("category", [None, "Toys"])
@pytest.mark.parametrize(("sort", "value"), [("newest", None), ("price", 500), ("-price", 150)])
def test_a_late_page_reads_few_more_rows_than_it_shows(
    large: Database, sort: str, value: int | str | None, category: str | None
) -> None:
    [row] = large.rows("SELECT MIN(id) + 700 AS id FROM products")
    position, queries = Position(value, row["id"]), ProductQueries(large)

    read = rows_read(large, lambda: queries.page(ProductFilter(category=category), sort, position, 20))

    assert read <= 30


def test_a_late_page_by_name_reads_few_more_rows_than_it_shows(large: Database) -> None:
    queries = ProductQueries(large)

    read = rows_read(large, lambda: queries.page(_ALL, "name", Position("Product 0400", 1), 20))

    assert read <= 30


@pytest.mark.parametrize("sort", ["newest", "name"])
def test_a_price_range_in_another_order_uses_the_price_index(large: Database, sort: str) -> None:
    few = ProductFilter(min_price_minor=300, max_price_minor=301)

    assert _plan(large, sort, few)["key"] == "products_by_price"


def test_a_search_uses_the_full_text_index(large: Database) -> None:
    assert _plan(large, "newest", ProductFilter(search=parse_search("product")))["type"] == "fulltext"


def test_categories_are_counted_from_an_index_alone(large: Database) -> None:
    explaining = ExplainingDatabase(large)

    ProductQueries(explaining, "USD").categories()

    [plan] = explaining.plan
    assert "Using index" in str(plan["Extra"])
    assert "filesort" not in str(plan["Extra"])
