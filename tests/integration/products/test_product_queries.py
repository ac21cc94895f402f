"""The SQL that reads products: one product, lists with filters and sorts, categories."""

import pytest

from microshop.platform.mysql import Database
from microshop.products.category_queries import CategoryQueries
from microshop.products.product import ListedProduct, ProductFilter
from microshop.products.queries import ProductQueries
from tests.support.catalogue import put_all_on_sale, put_on_sale
from tests.support.product_builders import a_product
from tests.support.table_rows import wrong_answers

_ALL = ProductFilter()


def _counts(categories: CategoryQueries) -> list[tuple[str, int, bool]]:
    return [(category.name, *category.products) for category in categories.categories()]


def _names(products: list[ListedProduct]) -> list[str]:
    return [product.name for product in products]


def test_a_product_is_read_with_all_its_fields(database: Database, queries: ProductQueries) -> None:
    product_id = put_on_sale(database, name="水壶 😀", sku="K-1", version=7)

    assert queries.by_id(product_id) == a_product(product_id=product_id, sku="K-1", name="水壶 😀", version=7)


def test_an_archived_product_is_not_on_sale(
    database: Database, queries: ProductQueries, categories: CategoryQueries
) -> None:
    product_id = put_on_sale(database, archived=True)

    assert queries.by_id(product_id) is None
    assert queries.page(_ALL, "newest", None, 10) == []
    assert categories.categories() == []


def test_an_unknown_product_is_not_found(queries: ProductQueries) -> None:
    assert queries.by_id(2**63 - 1) is None


def test_categories_are_counted_and_sorted_by_name(database: Database, categories: CategoryQueries) -> None:
    for category in ("Toys", "Books", "Toys", "toys", "家居"):
        put_on_sale(database, category=category)

    assert _counts(categories) == [("Books", 1, True), ("Toys", 2, True), ("toys", 1, True), ("家居", 1, True)]


def test_a_category_is_counted_up_to_a_thousand_products(database: Database, categories: CategoryQueries) -> None:
    for category, products in (("Books", 999), ("Garden", 1000), ("Toys", 1001)):
        put_all_on_sale(database, range(products), category=category)

    assert _counts(categories) == [("Books", 999, True), ("Garden", 1000, True), ("Toys", 1000, False)]


def test_all_of_many_categories_are_counted(database: Database, categories: CategoryQueries) -> None:
    for number in range(101):
        put_on_sale(database, category=f"Category {number:03}")

    assert _counts(categories) == [(f"Category {number:03}", 1, True) for number in range(101)]


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("newest", ["cheap", "Dear", "beta", "Alpha"]),
        ("price", ["cheap", "Alpha", "beta", "Dear"]),
        ("-price", ["Dear", "beta", "Alpha", "cheap"]),
        ("name", ["Alpha", "beta", "cheap", "Dear"]),
    ],
)
def test_a_list_has_the_requested_order(
    database: Database, queries: ProductQueries, sort: str, names: list[str]
) -> None:
    for name, price in (("Alpha", 500), ("beta", 500), ("Dear", 900), ("cheap", 100)):
        put_on_sale(database, name=name, price_minor=price)

    assert _names(queries.page(_ALL, sort, None, 10)) == names


def test_a_list_shows_the_products_that_match_all_filters(database: Database, queries: ProductQueries) -> None:
    put_on_sale(database, name="a", category="Toys", price_minor=100, stock=1)
    put_on_sale(database, name="b", category="Books", price_minor=500, stock=2)
    put_on_sale(database, name="c", category="Toys", price_minor=900, stock=0)
    rows = [
        (ProductFilter(category="Books"), {"b"}),
        (ProductFilter(category="books"), set()),
        (ProductFilter(category="Books' OR '1'='1"), set()),
        (ProductFilter(min_price_minor=500), {"b", "c"}),
        (ProductFilter(max_price_minor=500), {"a", "b"}),
        (ProductFilter(min_price_minor=500, max_price_minor=500), {"b"}),
        (ProductFilter(min_price_minor=900, max_price_minor=100), set()),
        (ProductFilter(in_stock=True), {"a", "b"}),
        (ProductFilter(in_stock=False), {"c"}),
        (ProductFilter(category="Toys", in_stock=True, max_price_minor=100), {"a"}),
        (ProductFilter(max_price_minor=99_999_999_999_999), {"a", "b", "c"}),
    ]

    assert wrong_answers(lambda criteria: set(_names(queries.page(criteria, "price", None, 10))), rows) == []


def test_products_in_another_currency_are_hidden_from_customers(database: Database) -> None:
    dollars = put_on_sale(database, name="Kettle", category="Kitchen")
    euros = put_on_sale(database, name="Kettle", category="Imported", currency="EUR")
    shop, categories = ProductQueries(database, "USD"), CategoryQueries(database, "USD")

    found = shop.page(ProductFilter(), "newest", None, 10)

    assert [product.id for product in found] == [dollars]
    assert [category.name for category in categories.categories()] == ["Kitchen"]
    assert (shop.by_id(dollars) is None, shop.by_id(euros) is None) == (False, True)


def test_a_shop_in_another_currency_lists_the_products_in_it(database: Database) -> None:
    put_on_sale(database)
    euros = put_on_sale(database, currency="EUR")

    found = ProductQueries(database, "EUR").page(ProductFilter(), "price", None, 10)

    assert [product.id for product in found] == [euros]
