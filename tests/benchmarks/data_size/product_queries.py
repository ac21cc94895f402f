"""Queries of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.orders.price_queries import PriceList
from microshop.products.category_queries import CategoryQueries
from microshop.products.count_queries import ProductCounts
from microshop.products.paging import Position
from microshop.products.product import ProductFilter
from microshop.products.queries import ProductQueries
from tests.benchmarks.data_size.query import PAGE, Query

if TYPE_CHECKING:
    from tests.benchmarks.data_size.shops import Shop


def _products(shop: Shop) -> ProductQueries:
    return ProductQueries(shop.database, "USD")


def _list_of_products(
    name: str, criteria: ProductFilter, sort: str = "newest", value: int | str | None = None
) -> Query:
    def run(shop: Shop) -> object:
        after = Position(value, shop.samples.late_product_id) if "80 %" in name else None
        return _products(shop).page(criteria, sort, after, PAGE)

    return Query("products", name, "ProductQueries.page", run)


def _count_of_products(name: str, criteria: ProductFilter) -> Query:
    return Query(
        "products",
        f"count {name}",
        "ProductCounts.count",
        lambda shop: ProductCounts(shop.database, "USD").count(criteria),
    )


_ALL, _KITCHEN = ProductFilter(), ProductFilter(category="kitchen")
PRODUCT_QUERIES = (
    Query("products", "a product", "ProductQueries.by_id", lambda shop: _products(shop).by_id(shop.samples.product_id)),
    Query(
        "products",
        "prices of three products",
        "PriceList.prices",
        lambda shop: PriceList(shop.database).prices([shop.samples.product_id + n for n in range(3)]),
    ),
    Query(
        "products",
        "prices of three products and an address",
        "PriceList.prices_and_address",
        lambda shop: PriceList(shop.database).prices_and_address(
            [shop.samples.product_id + n for n in range(3)], shop.samples.user_id, 1
        ),
    ),
    *(
        _list_of_products(f"list, {sort}{of}{at}", criteria, sort, value if at else None)
        for sort, value in (("newest", None), ("price", 50_000), ("-price", 5000), ("name", "Rustic Oak Table 100"))
        for of, criteria in (("", _ALL), (" of a category", _KITCHEN))
        for at in ("", ", at 80 %")
    ),
    _list_of_products("list, in stock", ProductFilter(in_stock=True)),
    _list_of_products("list, sold out", ProductFilter(in_stock=False)),
    _list_of_products("list, price range of most", ProductFilter(min_price_minor=1000, max_price_minor=100_000)),
    _list_of_products(
        "list by name, price range of most", ProductFilter(min_price_minor=1000, max_price_minor=100_000), "name"
    ),
    _list_of_products("list, price range of none", ProductFilter(min_price_minor=9_000_000)),
    _list_of_products(
        "list of a category, price range of most, in stock",
        ProductFilter(category="kitchen", min_price_minor=1000, max_price_minor=100_000, in_stock=True),
    ),
    _list_of_products(
        "list of a category, price range of none", ProductFilter(category="kitchen", min_price_minor=9_000_000)
    ),
    _count_of_products("all", _ALL),
    _count_of_products("a category", _KITCHEN),
    _count_of_products("price range of most", ProductFilter(min_price_minor=1000)),
    Query(
        "products",
        "categories, not cached",
        "CategoryQueries.categories",
        lambda shop: CategoryQueries(shop.database, "USD").categories(),
    ),
    Query(
        "products",
        "products in other currencies",
        "ProductQueries.count_in_other_currencies",
        lambda shop: _products(shop).count_in_other_currencies("USD"),
    ),
    Query(
        "products",
        "prices that cannot be charged, multiples of 10",
        "ProductQueries.unchargeable_prices",
        lambda shop: _products(shop).unchargeable_prices(10, 5),
    ),
)
