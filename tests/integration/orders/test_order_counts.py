"""Counts of lists of orders: exact for short lists, and limited in the number of rows they read."""

from collections.abc import Iterator
from copy import replace
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
from tests.support.builders import NOON
from tests.support.catalogue import put_on_sale
from tests.support.order_builders import a_line, a_new_order
from tests.support.order_rows import write_orders
from tests.support.orders import a_customer
from tests.support.payment_rows import write_money, write_payment
from tests.support.query_cost import read_ranges_in_batches, rows_read

_HOUR = timedelta(hours=1)
_LIMIT = 20


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts read at most 20 rows, so that a small table exceeds the limit."""
    for module in (cursors, order_counts):
        monkeypatch.setattr(module, "MAX_COUNTED", _LIMIT)


@pytest.fixture
def orders(database: Database, ada: Caller) -> list[Order]:
    """40 orders of two customers, in two states; the first has a payment with a reference."""
    product_id, bob = put_on_sale(database, stock=1_000_000), a_customer(database)
    made = []
    for hour in range(40):
        line = a_line(product_id=product_id, quantity=hour + 1)
        order = a_new_order(line, user_id=(ada, bob)[hour % 2].user_id, now=NOON + hour * _HOUR)
        is_paid = hour // 2 % 2 == 1
        made.append(replace(order, status="confirmed", payment_status="paid") if is_paid else order)
    write_orders(database, made)
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


def test_an_order_count_is_the_length_of_the_list(database: Database, ada: Caller, orders: list[Order]) -> None:
    row = database.row("SELECT email FROM users WHERE id = %(id)s", {"id": ada.user_id})
    assert row is not None

    for chosen in _filters(orders, ada, row["email"]):
        listed = OrderQueries(database).page(chosen, None, 100)

        assert OrderCounts(database).count(chosen) == Count(len(listed), exact=True), chosen


@pytest.mark.usefixtures("small_limit", "orders")
def test_an_order_count_reads_a_limited_number_of_rows(database: Database) -> None:
    counts, expensive = OrderCounts(database), OrderFilter(created_from=NOON, min_total_minor=10**9)
    read_ranges_in_batches(database)

    for criteria in (expensive, OrderFilter(min_total_minor=0)):
        assert rows_read(database, lambda criteria=criteria: counts.count(criteria)) <= 2 * _LIMIT + 5  # type: ignore[misc]
    assert counts.count(expensive) == Count(0, exact=False)
    assert counts.count(OrderFilter(min_total_minor=10**9)) == Count(0, exact=True)
    assert counts.count(OrderFilter()) == Count(_LIMIT, exact=False)
    assert counts.count(OrderFilter(status="pending")) == Count(_LIMIT, exact=True)
