"""Pages of product lists: every product once, whatever changes between two pages."""

from collections.abc import Callable

import pytest

from microshop.platform.mysql import Database
from microshop.products.paging import SORTS, Position, decode_cursor
from microshop.products.product import ListedProduct, ProductFilter
from microshop.products.queries import ProductQueries
from microshop.products.reading import list_products
from tests.support.catalogue import put_all_on_sale, put_on_sale

_ALL = ProductFilter()


def _names(products: list[ListedProduct]) -> list[str]:
    return [product.name for product in products]


def _all_pages(
    queries: ProductQueries,
    sort: str,
    *,
    size: int = 3,
    criteria: ProductFilter = _ALL,
    between: Callable[[], object] = int,
) -> list[int]:
    """Returns the ids of a whole list, read page by page. Calls `between` after each page."""
    found: list[int] = []
    after: Position | None = None
    while True:
        page = list_products(criteria, sort, after, size, queries)
        found += [product.id for product in page.items]
        if page.next_cursor is None:
            return found
        after = decode_cursor(page.next_cursor, sort, criteria)
        between()


@pytest.mark.parametrize("sort", SORTS)
def test_the_pages_of_a_list_have_every_product_once_and_in_order(
    database: Database, queries: ProductQueries, sort: str
) -> None:
    put_all_on_sale(database, [100, 100, 100, 100, 300, 200, 200, 50, 100, 100])

    whole = [product.id for product in queries.page(_ALL, sort, None, 100)]

    assert _all_pages(queries, sort) == whole
    assert len(whole) == 10


def test_products_with_equivalent_names_are_all_listed(database: Database, queries: ProductQueries) -> None:
    for name in ("Ecole", "École", "ECOLE", "école", "ecole ", "😀", "😁", "🎉"):
        put_on_sale(database, name=name)

    whole = [product.id for product in queries.page(_ALL, "name", None, 100)]

    assert _all_pages(queries, "name", size=1) == whole
    assert len(whole) == 8


@pytest.mark.parametrize("sort", SORTS)
def test_products_added_between_pages_neither_repeat_nor_hide_others(
    database: Database, queries: ProductQueries, sort: str
) -> None:
    before = put_all_on_sale(database, range(1000, 1010))
    prices = iter((0, 1005, 9999, 1000))

    def add_a_product() -> None:
        price = next(prices, 5000)
        put_on_sale(database, price_minor=price, name=f"Product {price:04}")

    found = _all_pages(queries, sort, between=add_a_product)

    assert len(found) == len(set(found))
    assert [product_id for product_id in found if product_id in before] == [
        product_id for product_id in _all_pages(queries, sort) if product_id in before
    ]


def test_a_product_archived_between_pages_hides_no_other(database: Database, queries: ProductQueries) -> None:
    ids = put_all_on_sale(database, range(9))

    def archive_the_last_one_shown() -> None:
        database.execute("UPDATE products SET archived = TRUE WHERE price_minor = 2")

    found = _all_pages(queries, "price", between=archive_the_last_one_shown)

    assert found == ids


@pytest.mark.parametrize(
    ("sort", "value"),
    [("newest", None), ("price", 2**63 - 1), ("-price", 0), ("name", "zzz" * 600)],
)
def test_a_page_beyond_the_end_is_empty(
    database: Database, queries: ProductQueries, sort: str, value: int | str | None
) -> None:
    put_on_sale(database, name="a", price_minor=5)

    assert queries.page(_ALL, sort, Position(value, 1 if sort == "newest" else 2**63 - 1), 10) == []


def test_sql_in_a_position_is_only_a_value(database: Database, queries: ProductQueries) -> None:
    put_on_sale(database, name="a")
    put_on_sale(database, name="!")

    assert _names(queries.page(_ALL, "name", Position("' OR 1=1 --", 1), 10)) == ["a"]
