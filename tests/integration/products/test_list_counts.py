"""Counts of lists: what they say, and that they look at so many rows and no more."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from microshop import cursors
from microshop.caller import Caller
from microshop.cursors import Count
from microshop.orders import count_queries as order_counts
from microshop.orders.count_queries import OrderCounts
from microshop.orders.order import Order
from microshop.orders.paging import OrderFilter
from microshop.orders.queries import OrderQueries
from microshop.platform.mysql import Database
from microshop.products import count_queries as product_counts
from microshop.products.count_queries import ProductCounts
from microshop.products.product import ProductFilter, parse_search
from microshop.products.queries import ProductQueries
from tests.support.builders import NOON
from tests.support.catalogue import put_all_on_sale, put_on_sale
from tests.support.order_builders import a_line, a_new_order
from tests.support.order_rows import write_orders
from tests.support.orders import a_customer
from tests.support.payment_rows import write_money, write_payment

_HOUR = timedelta(hours=1)
_LIMIT = 20
_PRODUCTS = [
    ProductFilter(),
    ProductFilter(category="Books"),
    ProductFilter(category="Toys", in_stock=False),
    ProductFilter(in_stock=True),
    ProductFilter(min_price_minor=300, max_price_minor=600),
    ProductFilter(category="Books", min_price_minor=300),
    ProductFilter(search=parse_search("kettle")),
    ProductFilter(search=parse_search("kettle"), category="Books", max_price_minor=500, in_stock=True),
    ProductFilter(search=parse_search("水壶")),
    ProductFilter(category="Nothing"),
]


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts look at 20 rows, so that a small table is a large one."""
    for module in (cursors, product_counts, order_counts):
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
@pytest.mark.parametrize("chosen", _PRODUCTS, ids=repr)
def test_a_count_of_products_is_the_length_of_their_list(database: Database, chosen: ProductFilter) -> None:
    listed = ProductQueries(database, "USD").page(chosen, "newest", None, 100)

    assert ProductCounts(database, "USD").count(chosen) == Count(len(listed), exact=True)


@pytest.fixture
def large_catalogue(database: Database) -> None:
    """Many times what a count looks at; one product is sold out."""
    put_on_sale(database, stock=0)
    put_all_on_sale(database, range(200))
    database.rows("ANALYZE TABLE products")


@pytest.mark.usefixtures("large_catalogue", "small_limit")
@pytest.mark.parametrize("chosen", [ProductFilter(), ProductFilter(min_price_minor=0), ProductFilter(in_stock=False)])
def test_a_count_of_products_looks_at_a_limited_number_of_rows(database: Database, chosen: ProductFilter) -> None:
    counts = ProductCounts(database, "USD")

    read = _rows_read(database, lambda: counts.count(chosen))

    assert read <= 3 * _LIMIT
    assert counts.count(chosen) == Count(1 if chosen.in_stock is False else _LIMIT, exact=False)


@pytest.fixture
def ada(database: Database) -> Caller:
    return a_customer(database)


@pytest.fixture
def orders(database: Database, batching: Database, ada: Caller) -> list[Order]:
    """Forty of two customers, in two states; the first has a payment with a reference."""
    product_id, bob = put_on_sale(database, stock=1_000_000), a_customer(database)
    made = []
    for hour in range(40):
        line = a_line(product_id=product_id, quantity=hour + 1)
        order = a_new_order(line, user_id=(ada, bob)[hour % 2].user_id, now=NOON + hour * _HOUR)
        is_paid = hour // 2 % 2 == 1
        made.append(replace(order, status="confirmed", payment_status="paid") if is_paid else order)
    write_orders(batching, made)
    write_money(database, made)
    write_payment(database, made[0], state="failed", provider="offline", reference="bank 17")
    return made


def _filters(orders: list[Order], ada: Caller, email: str) -> Iterator[OrderFilter]:
    yield OrderFilter()
    yield OrderFilter(user_id=ada.user_id)
    yield OrderFilter(user_id=ada.user_id, status="pending", created_from=NOON + 10 * _HOUR)
    yield OrderFilter(email=email, payment_status="paid")
    yield OrderFilter(status="confirmed", payment_status="paid", created_before=NOON + 20 * _HOUR)
    yield OrderFilter(payment_status="unpaid", min_total_minor=orders[20].total_minor)
    yield OrderFilter(dispute_status="open")
    yield OrderFilter(order_number=orders[3].order_number)
    yield OrderFilter(payment_reference="bank 17", status="pending")
    yield OrderFilter(status="expired")


def test_a_count_of_orders_is_the_length_of_their_list(database: Database, ada: Caller, orders: list[Order]) -> None:
    row = database.row("SELECT email FROM users WHERE id = %(id)s", {"id": ada.user_id})
    assert row is not None

    for chosen in _filters(orders, ada, row["email"]):
        listed = OrderQueries(database).page(chosen, None, 100)

        assert OrderCounts(database).count(chosen) == Count(len(listed), exact=True), chosen


@pytest.mark.usefixtures("small_limit", "orders")
def test_a_count_of_orders_looks_at_a_limited_number_of_rows(database: Database) -> None:
    counts, dear = OrderCounts(database), OrderFilter(min_total_minor=10**9)

    read = _rows_read(database, lambda: counts.count(dear))

    assert read <= 3 * _LIMIT
    assert counts.count(dear) == Count(0, exact=False)
    assert counts.count(OrderFilter()) == Count(_LIMIT, exact=False)
    assert counts.count(OrderFilter(status="pending")) == Count(_LIMIT, exact=True)


def _rows_read(database: Database, action: Callable[[], object]) -> int:
    before = _handler_reads(database)
    action()
    return _handler_reads(database) - before


def _handler_reads(database: Database) -> int:
    return sum(int(row["Value"]) for row in database.rows("SHOW SESSION STATUS LIKE 'Handler_read%'"))
