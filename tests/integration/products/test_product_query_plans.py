"""The indexes that lists and searches of products use, and the number of rows they read."""

from copy import replace

import pytest

from microshop.platform.mysql import Database, Row
from microshop.products.category_queries import CategoryQueries
from microshop.products.paging import Position
from microshop.products.product import ProductFilter
from microshop.products.queries import ProductQueries
from tests.support.catalogue import put_all_on_sale
from tests.support.query_cost import ExplainingDatabase, rows_read
from tests.support.table_rows import wrong_answers

_ALL = ProductFilter()


def _plan(database: Database, sort: str, criteria: ProductFilter) -> Row:
    explaining = ExplainingDatabase(database)
    ProductQueries(explaining).page(criteria, sort, None, 21)
    return explaining.plan[0]


def _middle(database: Database) -> int:
    [row] = database.rows("SELECT MIN(id) + 700 AS id FROM products")
    return int(row["id"])


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
    middle = _middle(large)
    queries, toys = ProductQueries(large), ProductFilter(category="Toys")
    pages = [
        (sort, criteria, Position(value, middle))
        for sort, value in (("newest", None), ("price", 500), ("-price", 150))
        for criteria in (_ALL, toys)
    ]

    def reads_few(sort: str, criteria: ProductFilter, position: Position) -> bool:
        return rows_read(large, lambda: queries.page(criteria, sort, position, 20)) <= 30

    by_name = ("name", _ALL, Position("Product 0400", 1))
    assert wrong_answers(reads_few, [(*page, True) for page in (*pages, by_name)]) == []


def test_a_late_page_of_products_with_the_same_price_reads_few_more_rows_than_it_shows(database: Database) -> None:
    ids = put_all_on_sale(database, [1000] * 1000)
    database.rows("ANALYZE TABLE products")
    queries, after = ProductQueries(database), Position(1000, ids[500])

    for sort, following in (("price", ids[501:521]), ("-price", ids[499:479:-1])):
        for criteria in (_ALL, ProductFilter(category="Kitchen")):
            read = rows_read(database, lambda: queries.page(criteria, sort, after, 20))  # noqa: B023

            assert read <= 30, (sort, criteria)
            assert [each.id for each in queries.page(criteria, sort, after, 20)] == following


def test_a_price_range_in_another_order_uses_the_index_that_reads_fewer_products(large: Database) -> None:
    few, most = (
        ProductFilter(min_price_minor=300, max_price_minor=301),
        ProductFilter(min_price_minor=101, in_stock=True),
    )
    rows = [
        ("newest", few, "products_by_price"),
        ("name", few, "products_by_price"),
        ("newest", replace(few, category="Toys"), "products_category_by_price"),
        ("name", replace(few, category="Toys"), "products_category_by_price"),
        ("newest", most, "products_newest"),
        ("name", most, "products_by_name"),
        ("newest", replace(most, category="Toys"), "products_category_newest"),
        ("name", replace(most, category="Toys"), "products_category_by_name"),
    ]

    assert wrong_answers(lambda sort, criteria: _plan(large, sort, criteria)["key"], rows) == []


def test_a_search_reads_the_variants_of_its_listings_only(large: Database) -> None:
    queries = ProductQueries(large, "USD", among=[1, 2, 3])

    assert rows_read(large, lambda: queries.page(ProductFilter(search="x"), "newest", None, 20)) <= 10


def test_categories_are_read_without_reading_every_product(large: Database) -> None:
    put_all_on_sale(large, range(1000, 7000), category="Toys, old")
    large.rows("ANALYZE TABLE products")
    explaining = ExplainingDatabase(large)

    CategoryQueries(explaining, "USD").categories()
    read = rows_read(large, lambda: CategoryQueries(large, "USD").categories())

    [plan] = explaining.plan
    assert (plan["key"], "Using index for group-by" in str(plan["Extra"])) == ("products_by_currency", True)
    assert read <= 2 * (4 * 501 + 1001) + 30  # a count reads its rows, and the table of these rows


def test_prices_are_checked_without_reading_every_product(large: Database) -> None:
    put_all_on_sale(large, [1000] * 6000, category="Same price")
    large.rows("ANALYZE TABLE products")
    explaining = ExplainingDatabase(large)

    ProductQueries(explaining).unchargeable_prices(100, 5)
    read = rows_read(large, lambda: ProductQueries(large).unchargeable_prices(100, 5000))

    [plan] = explaining.plan
    assert (plan["key"], "Using index for group-by" in str(plan["Extra"])) == ("products_by_price", True)
    assert read <= 2 * 501 + 10
    assert rows_read(large, lambda: ProductQueries(large).unchargeable_prices(1, 5)) == 0
