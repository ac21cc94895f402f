"""The SQL that reads orders: whose they are, which a list shows, and what a page costs."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from microshop.caller import ADMIN, Caller
from microshop.orders.order import Order
from microshop.orders.paging import OrderFilter, decode_cursor, list_orders
from microshop.orders.price_queries import PriceList
from microshop.orders.queries import OrderQueries
from microshop.orders.requested_lines import PricedProduct
from microshop.orders.states import State
from microshop.platform.mysql import Database, Parameters, Row
from tests.support.builders import NOON, a_caller
from tests.support.catalogue import put_on_sale
from tests.support.order_builders import a_line, a_new_order
from tests.support.orders import a_customer
from tests.support.payment_rows import write_money, write_payment, write_refund
from tests.support.written_orders import write_orders

_HOUR, _INSTANT = timedelta(hours=1), timedelta(microseconds=1)
_ALL = OrderFilter()
_ADMIN = a_caller(role=ADMIN)


@pytest.fixture
def queries(database: Database) -> OrderQueries:
    return OrderQueries(database)


@pytest.fixture
def product_id(database: Database) -> int:
    return put_on_sale(database, stock=100_000)


@pytest.fixture
def ada(database: Database) -> Caller:
    return a_customer(database)


@pytest.fixture
def bob(database: Database) -> Caller:
    return a_customer(database)


def _order(
    customer: Caller,
    product_id: int,
    *,
    name: str = "Kettle",
    hour: int = 0,
    state: State = ("pending", "unpaid"),
    total: int = 1999,
) -> Order:
    line = a_line(product_id=product_id, name=name, unit_price_minor=total)
    order = a_new_order(line, user_id=customer.user_id, now=NOON + hour * _HOUR)
    return replace(order, status=state[0], payment_status=state[1])


@pytest.fixture
def six_orders(database: Database, batching: Database, ada: Caller, bob: Caller) -> None:
    """One an hour, called a to f after their only line."""
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
        order = _order(customer, product_id, name="abcdef"[hour], hour=hour, state=state, total=total)
        write_orders(batching, [order])
        write_money(database, [order])


def _names(orders: Sequence[Order]) -> str:
    return "".join(order.lines[0].name for order in orders)


def test_an_order_is_read_as_it_was_written(
    batching: Database, queries: OrderQueries, ada: Caller, product_id: int
) -> None:
    other = put_on_sale(batching, price_minor=590)
    lines = [a_line(product_id=other, name="Mug 😀", unit_price_minor=590, quantity=2), a_line(product_id=product_id)]
    order = replace(
        a_new_order(*lines, user_id=ada.user_id, now=NOON + _INSTANT), address={"recipient": "王小明", "city": "'\"\\"}
    )

    write_orders(batching, [order])

    assert queries.by_id(order.id, None) == order
    assert queries.page(_ALL, None, 10) == [order]


def test_an_order_is_found_by_its_owner_and_by_admins_only(
    batching: Database, queries: OrderQueries, ada: Caller, bob: Caller, product_id: int
) -> None:
    order = _order(ada, product_id)
    write_orders(batching, [order])

    for find in (queries.by_id, queries.lock):
        assert find(order.id, ada.user_id) == order
        assert find(order.id, None) == order
        assert find(order.id, bob.user_id) is None


def test_prices_are_those_of_products_on_sale(database: Database) -> None:
    kettle = put_on_sale(database, name="Kettle", sku="K-1", price_minor=1999, stock=3)
    archived = put_on_sale(database, archived=True)

    prices = PriceList(database).prices([kettle, archived, 2**62])

    assert prices == {kettle: PricedProduct(kettle, "K-1", "Kettle", 1999, "USD", 3)}


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
def test_a_filter_shows_what_it_names_the_newest_first(queries: OrderQueries, chosen: OrderFilter, names: str) -> None:
    assert _names(queries.page(chosen, None, 10)) == names


@pytest.mark.usefixtures("six_orders")
def test_a_list_shows_a_customer_only_their_own(queries: OrderQueries, ada: Caller, bob: Caller) -> None:
    def names(caller: Caller, chosen: OrderFilter = _ALL) -> str:
        return _names(list_orders(caller, chosen, None, 10, queries).items)

    assert (names(ada), names(bob), names(_ADMIN)) == ("dba", "fec", "fedcba")
    assert names(ada, OrderFilter(user_id=bob.user_id)) == "dba"
    assert names(ada, OrderFilter(status="confirmed")) == "b"
    assert names(_ADMIN, OrderFilter(user_id=bob.user_id, status="confirmed")) == "e"


def _by_name(queries: OrderQueries) -> dict[str, Order]:
    return {order.lines[0].name: order for order in queries.page(_ALL, None, 10)}


def _email(database: Database, customer: Caller) -> str:
    row = database.row("SELECT email FROM users WHERE id = %(id)s", {"id": customer.user_id})
    assert row is not None
    return str(row["email"])


@pytest.mark.usefixtures("six_orders")
def test_an_order_is_found_by_its_number(queries: OrderQueries, ada: Caller) -> None:
    number = _by_name(queries)["c"].order_number

    assert _names(queries.page(OrderFilter(order_number=number), None, 10)) == "c"
    assert _names(queries.page(OrderFilter(order_number=number, status="pending"), None, 10)) == "c"
    assert _names(queries.page(OrderFilter(order_number=number, status="shipped"), None, 10)) == ""
    assert _names(queries.page(OrderFilter(order_number="MS-0000-0000"), None, 10)) == ""
    assert list_orders(ada, OrderFilter(order_number=number), None, 10, queries).items == []


@pytest.mark.usefixtures("six_orders")
def test_orders_are_found_by_the_address_of_their_owner(
    database: Database, queries: OrderQueries, ada: Caller, bob: Caller
) -> None:
    address = _email(database, ada)

    assert _names(queries.page(OrderFilter(email=address), None, 10)) == "dba"
    assert _names(queries.page(OrderFilter(email=address, payment_status="paid"), None, 10)) == "d"
    assert _names(queries.page(OrderFilter(email=address, user_id=ada.user_id), None, 10)) == "dba"
    assert _names(queries.page(OrderFilter(email=address, user_id=bob.user_id), None, 10)) == ""
    assert _names(queries.page(OrderFilter(email="nobody@example.com"), None, 10)) == ""


@pytest.mark.usefixtures("six_orders")
def test_orders_are_found_by_what_their_payments_and_refunds_are_called(
    database: Database, queries: OrderQueries, ada: Caller
) -> None:
    orders = _by_name(queries)
    for name, reference in (("a", "bank 17"), ("c", "bank 17"), ("d", "Bank 17"), ("e", None)):
        write_payment(database, orders[name], state="failed", provider="offline", reference=reference)
    tried = write_payment(database, orders["f"], state="failed", reference="pi_1")
    for reference in ("re_1", "bank 17"):
        write_refund(database, orders["f"], tried, state="failed", reference=reference)

    def found(reference: str, **others: object) -> str:
        return _names(queries.page(replace(OrderFilter(payment_reference=reference), **others), None, 10))  # type: ignore[arg-type]

    assert [found(reference) for reference in ("bank 17", "pi_1", "re_1", "re_2")] == ["fca", "f", "f", ""]
    assert found("bank 17", status="pending") == "ca"
    assert found("bank 17", order_number=orders["c"].order_number) == "c"
    assert found("bank 17", email=_email(database, ada)) == "a"
    assert _names(list_orders(ada, OrderFilter(payment_reference="bank 17"), None, 10, queries).items) == "a"


def test_orders_of_one_reference_are_listed_page_by_page(
    batching: Database, database: Database, queries: OrderQueries, ada: Caller, product_id: int
) -> None:
    orders = [_order(ada, product_id, hour=hour) for hour in range(5)]
    write_orders(batching, orders)
    for order in [orders[3], orders[0], orders[4], orders[1]]:
        write_payment(database, order, state="failed", provider="offline", reference="cash")

    found = _all_pages(queries, _ADMIN, size=2, chosen=OrderFilter(payment_reference="cash"))

    assert found == [orders[number].id for number in (4, 3, 1, 0)]


def _all_pages(
    queries: OrderQueries, caller: Caller, *, size: int, chosen: OrderFilter = _ALL, between: Callable[[], object] = int
) -> list[int]:
    """The ids of a whole list, page by page, with `between` called after each page."""
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
def test_the_pages_of_a_list_hold_every_order_once_and_in_order(
    batching: Database, queries: OrderQueries, ada: Caller, product_id: int, size: int
) -> None:
    orders = [_order(ada, product_id, hour=hour) for hour in range(10)]
    write_orders(batching, orders)

    assert _all_pages(queries, ada, size=size) == [order.id for order in reversed(orders)]


def test_orders_of_one_moment_are_all_listed(
    batching: Database, queries: OrderQueries, ada: Caller, product_id: int
) -> None:
    first = _order(ada, product_id)
    write_orders(batching, [replace(_order(ada, product_id), id=first.id + number) for number in range(5)])

    assert _all_pages(queries, ada, size=2) == [first.id + number for number in (4, 3, 2, 1, 0)]


def test_orders_that_come_meanwhile_neither_repeat_nor_hide_others(
    database: Database, batching: Database, queries: OrderQueries, ada: Caller, product_id: int
) -> None:
    orders = [_order(ada, product_id, hour=hour) for hour in range(9)]
    write_orders(batching, orders)
    hours = itertools.count(20)

    def somebody_orders() -> None:
        write_orders(batching, [_order(ada, product_id, hour=next(hours))])

    found = _all_pages(queries, ada, size=2, between=somebody_orders)

    assert found == [order.id for order in reversed(orders)]


class _Explained(Database):
    """Explains what it is asked instead of running it."""

    def __init__(self, database: Database) -> None:
        self._explaining = database
        self.plan: Row = {}
        self.keys: set[tuple[str, str | None]] = set()

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        plans = self._explaining.rows(f"EXPLAIN FORMAT=TRADITIONAL {sql.strip()}", parameters)
        self.plan, self.keys = plans[0], {(plan["table"], plan["key"]) for plan in plans}
        return []


def _rows_read(database: Database, action: Callable[[], object]) -> int:
    """How many rows and index entries the server looked at for `action`."""
    before = _handler_reads(database)
    action()
    return _handler_reads(database) - before


def _handler_reads(database: Database) -> int:
    return sum(int(row["Value"]) for row in database.rows("SHOW SESSION STATUS LIKE 'Handler_read%'"))


@pytest.fixture
def many_orders(database: Database, batching: Database, ada: Caller, bob: Caller, product_id: int) -> list[Order]:
    """Enough orders that a plan is worth something, one an hour, of two customers and in two states by turns."""
    states: list[State] = [("pending", "unpaid"), ("confirmed", "paid")]
    orders = [_order((ada, bob)[hour % 2], product_id, hour=hour, state=states[hour // 2 % 2]) for hour in range(400)]
    write_orders(batching, orders)
    write_money(database, orders)
    batching.rows("ANALYZE TABLE orders")
    return orders


_INDEXES = [
    (_ALL, "PRIMARY"),
    (OrderFilter(min_total_minor=1), "PRIMARY"),
    (OrderFilter(created_from=NOON + 100 * _HOUR, created_before=NOON + 300 * _HOUR), "PRIMARY"),
    (OrderFilter(status="pending"), "orders_by_status"),
    (OrderFilter(status="pending", payment_status="unpaid"), "orders_by_status"),
    (OrderFilter(status="pending", created_before=NOON + 300 * _HOUR), "orders_by_status"),
    (OrderFilter(payment_status="paid"), "orders_by_payment_status"),
    (OrderFilter(payment_status="paid", max_total_minor=5000), "orders_by_payment_status"),
]


@pytest.mark.parametrize("after_hour", [None, 200])
@pytest.mark.parametrize("of_customer", [False, True])
def test_every_list_reads_its_index_in_order(
    database: Database, ada: Caller, many_orders: list[Order], of_customer: bool, after_hour: int | None
) -> None:
    explained = _Explained(database)
    after = None if after_hour is None else many_orders[after_hour].id

    for chosen, index in _INDEXES:
        wanted = replace(chosen, user_id=ada.user_id) if of_customer else chosen
        OrderQueries(explained).page(wanted, after, 21)

        assert explained.plan["key"] == ("orders_of_user" if of_customer else index), wanted
        assert "filesort" not in str(explained.plan["Extra"]), wanted


@pytest.mark.parametrize(
    "chosen", [_ALL, OrderFilter(status="pending"), OrderFilter(payment_status="paid"), OrderFilter(created_from=NOON)]
)
def test_a_late_page_reads_no_more_orders_than_it_shows(
    database: Database, queries: OrderQueries, many_orders: list[Order], chosen: OrderFilter
) -> None:
    after = many_orders[200].id

    read = _rows_read(database, lambda: queries.page(chosen, after, 20))

    assert read <= 90  # with the line of each order


def test_a_list_of_an_early_hour_does_not_read_what_came_later(
    database: Database, queries: OrderQueries, many_orders: list[Order]
) -> None:
    an_hour = OrderFilter(created_from=NOON + 5 * _HOUR, created_before=NOON + 6 * _HOUR)

    read = _rows_read(database, lambda: queries.page(an_hour, None, 20))

    assert read <= 10
    assert queries.page(an_hour, None, 20) == [many_orders[5]]


@pytest.mark.parametrize("after_hour", [None, 200])
def test_the_orders_of_an_address_are_read_in_the_order_of_their_index(
    database: Database, ada: Caller, many_orders: list[Order], after_hour: int | None
) -> None:
    explained = _Explained(database)
    after = None if after_hour is None else many_orders[after_hour].id

    for chosen in (OrderFilter(), OrderFilter(status="pending"), OrderFilter(payment_reference="pi_1")):
        OrderQueries(explained).page(replace(chosen, email=_email(database, ada)), after, 21)

        assert explained.plan["key"] == "orders_of_user", chosen
        assert "filesort" not in str(explained.plan["Extra"]), chosen
        assert ("users", "users_email") in explained.keys, chosen


def test_an_order_is_looked_up_by_its_number(database: Database, ada: Caller, many_orders: list[Order]) -> None:
    number, explained = many_orders[200].order_number, _Explained(database)

    for user_id in (None, ada.user_id):
        OrderQueries(explained).page(OrderFilter(order_number=number, user_id=user_id), None, 21)

        assert (explained.plan["key"], int(explained.plan["rows"])) == ("orders_number", 1)


def test_the_orders_of_a_reference_are_looked_up_by_id(
    database: Database, queries: OrderQueries, many_orders: list[Order]
) -> None:
    for order in many_orders:
        payment_id = write_payment(database, order, state="failed", reference=f"pi_{order.id}")
        write_refund(database, order, payment_id, state="failed", reference=f"re_{order.id}")
    database.rows("ANALYZE TABLE payments, refunds")
    explained, order = _Explained(database), many_orders[200]

    for reference in (f"pi_{order.id}", f"re_{order.id}"):
        chosen = OrderFilter(payment_reference=reference, payment_status=order.payment_status)
        OrderQueries(explained).page(chosen, None, 21)
        read = _rows_read(database, lambda chosen=chosen: queries.page(chosen, None, 20))  # type: ignore[misc]

        looked_up = {("orders", "PRIMARY"), ("payments", "payments_by_reference"), ("refunds", "refunds_by_reference")}
        assert looked_up <= explained.keys
        assert read <= 30
