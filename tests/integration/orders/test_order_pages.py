"""The pages of a list of orders."""

import itertools
from collections.abc import Callable
from copy import replace

import pytest

from microshop.caller import Caller
from microshop.orders.paging import OrderFilter, decode_cursor, list_orders
from microshop.orders.queries import OrderQueries
from microshop.platform.mysql import Database
from microshop.scopes import EVERYTHING
from tests.support.builders import a_caller
from tests.support.order_builders import a_single_line_order
from tests.support.order_rows import write_orders
from tests.support.payment_rows import write_payment

_ALL = OrderFilter()
_ADMIN = a_caller(scopes=EVERYTHING)


def test_orders_with_one_reference_are_listed_in_pages(
    database: Database, queries: OrderQueries, ada: Caller, product_id: int
) -> None:
    orders = [a_single_line_order(ada, product_id, hour=hour) for hour in range(5)]
    write_orders(database, orders)
    for order in [orders[3], orders[0], orders[4], orders[1]]:
        write_payment(database, order, state="failed", provider="offline", reference="cash")

    found = _all_pages(queries, _ADMIN, size=2, chosen=OrderFilter(payment_reference="cash"))

    assert found == [orders[number].id for number in (4, 3, 1, 0)]


def _all_pages(
    queries: OrderQueries, caller: Caller, *, size: int, chosen: OrderFilter = _ALL, between: Callable[[], object] = int
) -> list[int]:
    """Read a list page by page, with a call of `between` after each page. Returns the ids."""
    found: list[int] = []
    after: int | None = None
    while True:
        page = list_orders(caller, chosen, after, size, queries)
        found += [order.id for order in page.items]
        if page.next_cursor is None:
            return found
        after = decode_cursor(page.next_cursor, chosen)
        between()


@pytest.mark.parametrize("size", [1, 3, 10, 11])
def test_the_pages_of_a_list_contain_each_order_once_and_in_order(
    database: Database, queries: OrderQueries, ada: Caller, product_id: int, size: int
) -> None:
    orders = [a_single_line_order(ada, product_id, hour=hour) for hour in range(10)]
    write_orders(database, orders)

    assert _all_pages(queries, ada, size=size) == [order.id for order in reversed(orders)]


def test_all_orders_of_the_same_time_are_listed(
    database: Database, queries: OrderQueries, ada: Caller, product_id: int
) -> None:
    first = a_single_line_order(ada, product_id)
    write_orders(database, [replace(a_single_line_order(ada, product_id), id=first.id + number) for number in range(5)])

    assert _all_pages(queries, ada, size=2) == [first.id + number for number in (4, 3, 2, 1, 0)]


def test_orders_placed_between_pages_neither_repeat_nor_hide_others(
    database: Database, queries: OrderQueries, ada: Caller, product_id: int
) -> None:
    orders = [a_single_line_order(ada, product_id, hour=hour) for hour in range(9)]
    write_orders(database, orders)
    hours = itertools.count(20)

    def place_another() -> None:
        write_orders(database, [a_single_line_order(ada, product_id, hour=next(hours))])

    found = _all_pages(queries, ada, size=2, between=place_another)

    assert found == [order.id for order in reversed(orders)]
