"""Queries of customers, for staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.customers.customer import CustomerSearch
from microshop.customers.paging import Position
from microshop.customers.queries import CustomerQueries
from tests.benchmarks.data_size.query import PAGE, Query

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.data_size.shops import Shop


def _customers(shop: Shop) -> CustomerQueries:
    return CustomerQueries(shop.database)


def _search(name: str, search: CustomerSearch, position: Callable[[Shop], Position] | None = None) -> Query:
    def run(shop: Shop) -> object:
        return _customers(shop).page(search, position(shop) if position else None, PAGE)

    return Query("customers", f"search {name}", "CustomerQueries.page", run)


CUSTOMER_QUERIES = (
    _search("all", CustomerSearch()),
    _search("all, in the middle", CustomerSearch(), lambda shop: Position("", shop.samples.user_id)),
    _search("an id", CustomerSearch(id=1)),
    _search("a beginning of addresses", CustomerSearch(email="a")),
    _search(
        "a beginning of addresses, in the middle",
        CustomerSearch(email=""),
        lambda shop: Position(shop.samples.email, shop.samples.user_id),
    ),
    _search("a beginning of names", CustomerSearch(username="a")),
    _search("a beginning of names, later", CustomerSearch(username="a"), lambda _: Position("am", 1)),
    Query(
        "customers",
        "a customer",
        "CustomerQueries.account",
        lambda shop: _customers(shop).account(shop.samples.user_id),
    ),
    Query(
        "customers",
        "addresses of a customer",
        "CustomerQueries.addresses",
        lambda shop: _customers(shop).addresses(shop.samples.user_id),
    ),
    Query(
        "customers",
        "newest orders of a customer",
        "CustomerQueries.recent_orders",
        lambda shop: _customers(shop).recent_orders(shop.samples.user_id),
    ),
)
