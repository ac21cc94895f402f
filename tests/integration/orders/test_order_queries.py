"""Reading and filtering orders."""

from collections.abc import Sequence
from copy import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from microshop.caller import Caller
from microshop.orders.order import Order
from microshop.orders.paging import OrderFilter, list_orders
from microshop.orders.price_queries import PriceList
from microshop.orders.queries import OrderQueries
from microshop.orders.requested_lines import PricedProduct
from microshop.platform.mysql import Database
from microshop.scopes import EVERYTHING
from tests.support.builders import NOON, a_caller
from tests.support.catalogue import put_on_sale
from tests.support.order_builders import a_line, a_new_order, a_single_line_order
from tests.support.order_rows import write_orders
from tests.support.orders import email_of
from tests.support.payment_rows import write_money, write_payment, write_refund

if TYPE_CHECKING:
    from microshop.orders.states import State

_HOUR, _INSTANT = timedelta(hours=1), timedelta(microseconds=1)
_ALL = OrderFilter()
_ADMIN = a_caller(scopes=EVERYTHING)


@pytest.fixture
def six_orders(database: Database, ada: Caller, bob: Caller) -> None:
    """Six orders, one an hour, whose only lines are named a to f."""
    orders: list[tuple[Caller, State]] = [
        (ada, ("pending", "unpaid")),
        (ada, ("confirmed", "unpaid")),
        (bob, ("pending", "unpaid")),
        (ada, ("delivered", "paid")),
        (bob, ("confirmed", "paid")),
        (bob, ("shipped", "paid")),
    ]
    for hour, (customer, state) in enumerate(orders):
        total = 1000 * (hour + 1)
        product_id = put_on_sale(database, price_minor=total)
        order = a_single_line_order(customer, product_id, name="abcdef"[hour], hour=hour, state=state, total=total)
        write_orders(database, [order])
        write_money(database, [order])


def _names(orders: Sequence[Order]) -> str:
    return "".join(order.lines[0].name for order in orders)


def test_an_order_is_read_as_it_was_written(
    database: Database, queries: OrderQueries, ada: Caller, product_id: int
) -> None:
    other = put_on_sale(database, price_minor=590)
    lines = [a_line(product_id=other, name="Mug 😀", unit_price_minor=590, quantity=2), a_line(product_id=product_id)]
    order = replace(
        a_new_order(*lines, user_id=ada.user_id, now=NOON + _INSTANT), address={"recipient": "王小明", "city": "'\"\\"}
    )

    write_orders(database, [order])

    assert queries.by_id(order.id, None) == order
    assert queries.page(_ALL, None, 10) == [order]


def test_an_order_is_found_only_by_its_owner_and_by_admins(
    database: Database, queries: OrderQueries, ada: Caller, bob: Caller, product_id: int
) -> None:
    order = a_single_line_order(ada, product_id)
    write_orders(database, [order])

    for find in (queries.by_id, queries.lock):
        assert find(order.id, ada.user_id) == order
        assert find(order.id, None) == order
        assert find(order.id, bob.user_id) is None


def test_only_products_on_sale_have_prices(database: Database) -> None:
    kettle = put_on_sale(database, name="Kettle", sku="K-1", price_minor=1999, stock=3, low_stock_threshold=2)
    archived = put_on_sale(database, archived=True)

    prices = PriceList(database).prices([kettle, archived, 2**62])

    assert prices == {kettle: PricedProduct(kettle, "K-1", "Kettle", 1999, "USD", 3, 2)}


@pytest.mark.usefixtures("six_orders")
@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        (_ALL, "fedcba"),
        (OrderFilter(status="pending"), "ca"),
        (OrderFilter(payment_status="paid"), "fed"),
        (OrderFilter(status="confirmed", payment_status="paid"), "e"),
        (OrderFilter(status="expired"), ""),
        (OrderFilter(created_from=NOON + 2 * _HOUR), "fedc"),
        (OrderFilter(created_from=NOON + 2 * _HOUR + _INSTANT), "fed"),
        (OrderFilter(created_before=NOON + 2 * _HOUR), "ba"),
        (OrderFilter(created_before=NOON + 2 * _HOUR + _INSTANT), "cba"),
        (OrderFilter(created_from=NOON + _HOUR, created_before=NOON + 3 * _HOUR), "cb"),
        (OrderFilter(created_from=NOON + 3 * _HOUR, created_before=NOON + _HOUR), ""),
        (OrderFilter(created_from=NOON.replace(year=1)), "fedcba"),
        (OrderFilter(created_before=NOON.replace(year=9999)), "fedcba"),
        (OrderFilter(created_before=NOON.replace(year=1)), ""),
        (OrderFilter(min_total_minor=3000), "fedc"),
        (OrderFilter(max_total_minor=3000), "cba"),
        (OrderFilter(min_total_minor=3000, max_total_minor=3000), "c"),
        (OrderFilter(min_total_minor=10**14), ""),
        (OrderFilter(payment_status="paid", max_total_minor=5000, created_from=NOON + 4 * _HOUR), "e"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_filter_lists_the_matching_orders_newest_first(
    queries: OrderQueries, chosen: OrderFilter, names: str
) -> None:
    assert _names(queries.page(chosen, None, 10)) == names


@pytest.mark.usefixtures("six_orders")
def test_a_list_shows_a_customer_only_their_own_orders(queries: OrderQueries, ada: Caller, bob: Caller) -> None:
    def names(caller: Caller, chosen: OrderFilter = _ALL) -> str:
        return _names(list_orders(caller, chosen, None, 10, queries).items)

    assert (names(ada), names(bob), names(_ADMIN)) == ("dba", "fec", "fedcba")
    assert names(ada, OrderFilter(user_id=bob.user_id)) == "dba"
    assert names(ada, OrderFilter(status="confirmed")) == "b"
    assert names(_ADMIN, OrderFilter(user_id=bob.user_id, status="confirmed")) == "e"


def _by_name(queries: OrderQueries) -> dict[str, Order]:
    return {order.lines[0].name: order for order in queries.page(_ALL, None, 10)}


@pytest.mark.usefixtures("six_orders")
def test_an_order_is_found_by_its_number(queries: OrderQueries, ada: Caller) -> None:
    number = _by_name(queries)["c"].order_number

    assert _names(queries.page(OrderFilter(order_number=number), None, 10)) == "c"
    assert _names(queries.page(OrderFilter(order_number=number, status="pending"), None, 10)) == "c"
    assert _names(queries.page(OrderFilter(order_number=number, status="shipped"), None, 10)) == ""
    assert _names(queries.page(OrderFilter(order_number="MS-0000-0000"), None, 10)) == ""
    assert list_orders(ada, OrderFilter(order_number=number), None, 10, queries).items == []


@pytest.mark.usefixtures("six_orders")
def test_orders_are_found_by_the_email_of_their_owner(
    database: Database, queries: OrderQueries, ada: Caller, bob: Caller
) -> None:
    address = email_of(database, ada)

    assert _names(queries.page(OrderFilter(email=address), None, 10)) == "dba"
    assert _names(queries.page(OrderFilter(email=address, payment_status="paid"), None, 10)) == "d"
    assert _names(queries.page(OrderFilter(email=address, user_id=ada.user_id), None, 10)) == "dba"
    assert _names(queries.page(OrderFilter(email=address, user_id=bob.user_id), None, 10)) == ""
    assert _names(queries.page(OrderFilter(email="nobody@example.com"), None, 10)) == ""


@pytest.mark.usefixtures("six_orders")
def test_orders_are_found_by_references_of_payments_and_refunds(
    database: Database, queries: OrderQueries, ada: Caller
) -> None:
    orders = _by_name(queries)
    for name, reference in (("a", "bank 17"), ("c", "bank 17"), ("d", "Bank 17"), ("e", None)):
        write_payment(database, orders[name], state="failed", provider="offline", reference=reference)
    failed = write_payment(database, orders["f"], state="failed", reference="pi_1")
    for reference in ("re_1", "bank 17"):
        write_refund(database, orders["f"], failed, state="failed", reference=reference)

    def found(reference: str, **others: object) -> str:
        return _names(queries.page(replace(OrderFilter(payment_reference=reference), **others), None, 10))  # type: ignore[arg-type]

    assert [found(reference) for reference in ("bank 17", "pi_1", "re_1", "re_2")] == ["fca", "f", "f", ""]
    assert found("bank 17", status="pending") == "ca"
    assert found("bank 17", order_number=orders["c"].order_number) == "c"
    assert found("bank 17", email=email_of(database, ada)) == "a"
    assert _names(list_orders(ada, OrderFilter(payment_reference="bank 17"), None, 10, queries).items) == "a"
