"""The indexes that lists of orders use, and the rows that they read."""

from copy import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from microshop.caller import Caller
from microshop.orders.order import Order
from microshop.orders.paging import OrderFilter
from microshop.orders.queries import OrderQueries
from microshop.platform.mysql import Database
from tests.support.builders import NOON
from tests.support.order_builders import a_single_line_order
from tests.support.order_rows import write_orders
from tests.support.orders import email_of
from tests.support.payment_rows import write_money, write_payment, write_refund
from tests.support.query_cost import ExplainingDatabase, rows_read

if TYPE_CHECKING:
    from microshop.orders.states import State

_HOUR = timedelta(hours=1)
_ALL = OrderFilter()


@pytest.fixture
def many_orders(database: Database, ada: Caller, bob: Caller, product_id: int) -> list[Order]:
    """400 orders, one an hour, of two customers and in two states: enough for a realistic plan."""
    states: list[State] = [("pending", "unpaid"), ("confirmed", "paid")]
    orders = [
        a_single_line_order((ada, bob)[hour % 2], product_id, hour=hour, state=states[hour // 2 % 2])
        for hour in range(400)
    ]
    write_orders(database, orders)
    write_money(database, orders)
    database.rows("ANALYZE TABLE orders")
    return orders


_INDEXES = [
    (_ALL, "PRIMARY"),
    (OrderFilter(min_total_minor=1), "PRIMARY"),
    (OrderFilter(created_from=NOON + 100 * _HOUR, created_before=NOON + 300 * _HOUR), "PRIMARY"),
    (OrderFilter(status="pending"), "orders_by_status"),
    (OrderFilter(status="pending", payment_status="unpaid"), "orders_by_states"),
    (OrderFilter(status="pending", created_before=NOON + 300 * _HOUR), "orders_by_status"),
    (OrderFilter(payment_status="paid"), "orders_by_payment_status"),
    (OrderFilter(payment_status="paid", max_total_minor=5000), "orders_by_payment_status"),
]


@pytest.mark.parametrize("after_hour", [None, 200])
@pytest.mark.parametrize("of_customer", [False, True])
def test_each_list_uses_its_index_without_sorting(
    database: Database, ada: Caller, many_orders: list[Order], of_customer: bool, after_hour: int | None
) -> None:
    explaining = ExplainingDatabase(database)
    after = None if after_hour is None else many_orders[after_hour].id

    for chosen, index in _INDEXES:
        wanted = replace(chosen, user_id=ada.user_id) if of_customer else chosen
        OrderQueries(explaining).page(wanted, after, 21)

        assert explaining.plan[0]["key"] == ("orders_of_user" if of_customer else index), wanted
        assert "filesort" not in str(explaining.plan[0]["Extra"]), wanted


def test_a_list_of_rare_totals_reads_only_these_orders(
    database: Database, queries: OrderQueries, many_orders: list[Order]
) -> None:
    highest = max(order.total_minor for order in many_orders)
    explaining = ExplainingDatabase(database)
    for chosen in (
        OrderFilter(min_total_minor=highest + 1),
        OrderFilter(max_total_minor=0),
        OrderFilter(status="pending", min_total_minor=highest + 1),
        OrderFilter(payment_status="paid", min_total_minor=highest + 1),
        OrderFilter(status="pending", payment_status="unpaid", min_total_minor=highest + 1),
    ):
        OrderQueries(explaining).page(chosen, None, 21)

        assert explaining.plan[0]["key"] == "orders_by_total", chosen
        assert rows_read(database, lambda chosen=chosen: queries.page(chosen, None, 20)) <= 2, chosen  # type: ignore[misc]


@pytest.mark.parametrize(
    "chosen", [_ALL, OrderFilter(status="pending"), OrderFilter(payment_status="paid"), OrderFilter(created_from=NOON)]
)
def test_a_late_page_reads_only_the_orders_that_it_shows(
    database: Database, queries: OrderQueries, many_orders: list[Order], chosen: OrderFilter
) -> None:
    after = many_orders[200].id

    read = rows_read(database, lambda: queries.page(chosen, after, 20))

    assert read <= 90  # including the line of each order


def test_a_list_of_an_hour_reads_no_later_orders(
    database: Database, queries: OrderQueries, many_orders: list[Order]
) -> None:
    an_hour = OrderFilter(created_from=NOON + 5 * _HOUR, created_before=NOON + 6 * _HOUR)

    read = rows_read(database, lambda: queries.page(an_hour, None, 20))

    assert read <= 10
    assert queries.page(an_hour, None, 20) == [many_orders[5]]


@pytest.mark.parametrize("after_hour", [None, 200])
def test_a_list_by_email_uses_the_index_of_the_user_without_sorting(
    database: Database, ada: Caller, many_orders: list[Order], after_hour: int | None
) -> None:
    explaining = ExplainingDatabase(database)
    after = None if after_hour is None else many_orders[after_hour].id

    for chosen in (OrderFilter(), OrderFilter(status="pending"), OrderFilter(payment_reference="pi_1")):
        OrderQueries(explaining).page(replace(chosen, email=email_of(database, ada)), after, 21)

        assert explaining.plan[0]["key"] == "orders_of_user", chosen
        assert "filesort" not in str(explaining.plan[0]["Extra"]), chosen
        assert ("users", "users_email") in explaining.keys, chosen


def test_a_list_by_order_number_reads_one_row(database: Database, ada: Caller, many_orders: list[Order]) -> None:
    number, explaining = many_orders[200].order_number, ExplainingDatabase(database)

    for user_id in (None, ada.user_id):
        OrderQueries(explaining).page(OrderFilter(order_number=number, user_id=user_id), None, 21)

        assert (explaining.plan[0]["key"], int(explaining.plan[0]["rows"])) == ("orders_number", 1)


def test_a_list_by_payment_reference_uses_the_indexes_of_references(
    database: Database, queries: OrderQueries, many_orders: list[Order]
) -> None:
    for order in many_orders:
        payment_id = write_payment(database, order, state="failed", reference=f"pi_{order.id}")
        write_refund(database, order, payment_id, state="failed", reference=f"re_{order.id}")
    database.rows("ANALYZE TABLE payments, refunds")
    explaining, order = ExplainingDatabase(database), many_orders[200]

    for reference in (f"pi_{order.id}", f"re_{order.id}"):
        chosen = OrderFilter(payment_reference=reference, payment_status=order.payment_status)
        OrderQueries(explaining).page(chosen, None, 21)
        read = rows_read(database, lambda chosen=chosen: queries.page(chosen, None, 20))  # type: ignore[misc]

        looked_up = {("orders", "PRIMARY"), ("payments", "payments_by_reference"), ("refunds", "refunds_by_reference")}
        assert looked_up <= explaining.keys
        assert read <= 30
