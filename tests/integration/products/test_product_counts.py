"""Counts of lists of products: exact for short lists, and limited in the number of rows they read."""

import pytest

from microshop import cursors
from microshop.cursors import Count
from microshop.listings.adopting import adopt_product
from microshop.platform.mysql import Database
from microshop.products import count_queries as product_counts
from microshop.products.count_queries import ProductCounts
from microshop.products.product import ProductFilter
from microshop.products.queries import ProductQueries
from tests.support.catalogue import put_all_on_sale, put_on_sale
from tests.support.query_cost import read_ranges_in_batches, rows_read
from tests.support.use_cases import catalogue

_LIMIT = 20
_FILTERS = [
    ProductFilter(),
    ProductFilter(category="Books"),
    ProductFilter(category="Toys", in_stock=False),
    ProductFilter(in_stock=True),
    ProductFilter(min_price_minor=300, max_price_minor=600),
    ProductFilter(category="Books", min_price_minor=300),
    ProductFilter(category="Nothing"),
]


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts read at most 20 rows, so that a small table exceeds the limit."""
    for module in (cursors, product_counts):
        monkeypatch.setattr(module, "MAX_COUNTED", _LIMIT)


@pytest.fixture
def products(database: Database) -> None:
    for number in range(12):
        name = "Kettle" if number % 3 else "水壶"
        category = "Books" if number % 2 else "Toys"
        put_on_sale(database, name=name, category=category, price_minor=number * 100, stock=number % 4)
    put_on_sale(database, currency="EUR")
    put_on_sale(database, archived=True)


@pytest.mark.usefixtures("products")
def test_a_product_count_is_the_length_of_the_list(database: Database) -> None:
    for criteria in _FILTERS:
        listed = ProductQueries(database, "USD").page(criteria, "newest", None, 100)

        assert ProductCounts(database, "USD").count(criteria) == Count(len(listed), exact=True), criteria


@pytest.mark.usefixtures("products")
def test_a_search_counts_the_variants_that_it_lists(database: Database) -> None:
    first = catalogue(database).variants.unadopted(3)
    listings = [adopt_product(product_id, catalogue(database)) or 0 for product_id in first]

    assert ProductCounts(database, "USD", among=listings).count(ProductFilter()) == Count(3, exact=True)
    assert ProductCounts(database, "USD", among=[]).count(ProductFilter()) == Count(0, exact=True)


@pytest.fixture
def large_catalogue(database: Database) -> None:
    """Ten times as many products as a count reads; one is sold out."""
    put_on_sale(database, stock=0)
    put_all_on_sale(database, range(200))
    database.rows("ANALYZE TABLE products")


@pytest.mark.usefixtures("large_catalogue", "small_limit")
@pytest.mark.parametrize(
    ("criteria", "number"),
    [
        (ProductFilter(), _LIMIT),
        (ProductFilter(min_price_minor=0), _LIMIT),
        (ProductFilter(in_stock=False), 1),
    ],
)
def test_a_product_count_reads_a_limited_number_of_rows(
    database: Database, criteria: ProductFilter, number: int
) -> None:
    counts = ProductCounts(database, "USD")
    read_ranges_in_batches(database)

    read = rows_read(database, lambda: counts.count(criteria))

    assert read <= 3 * _LIMIT
    assert counts.count(criteria) == Count(number, exact=False)
