"""The SQL of exports: which index it reads, and that a page costs no more than its rows."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from microshop.exports.period import Mark, Period, begin
from microshop.exports.queries import ExportQueries
from microshop.orders.order import Order
from microshop.platform.mysql import Database, Parameters, Row
from tests.support.builders import NOON
from tests.support.catalogue import put_on_sale
from tests.support.order_builders import a_line, a_new_order
from tests.support.order_rows import write_orders
from tests.support.orders import a_customer
from tests.support.payment_rows import delete_payments, write_entry, write_payment

_HOUR = timedelta(hours=1)
_PERIOD = Period("orders", date(2026, 1, 2), date(2026, 1, 10), UTC)
_LATER = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture
def many_orders(database: Database, batching: Database) -> Iterator[list[Order]]:
    """One an hour, each with an attempt that was declined and one that was paid."""
    customer, product_id = a_customer(database), put_on_sale(database, stock=100_000)
    orders = [
        a_new_order(a_line(product_id=product_id), user_id=customer.user_id, now=NOON + hour * _HOUR)
        for hour in range(200)
    ]
    write_orders(batching, orders)
    for order in orders:
        payment_id = write_payment(database, order)
        write_entry(database, payment_id, "declined", at=order.created_at)
        write_entry(database, payment_id, "captured", at=order.created_at)
    database.rows("ANALYZE TABLE orders, order_lines, payments, payment_entries")
    yield orders
    delete_payments(database)


class _Explained(Database):
    """Explains what it is asked instead of running it."""

    def __init__(self, database: Database) -> None:
        self._explaining = database
        self.plans: list[Row] = []

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        self.plans = self._explaining.rows(f"EXPLAIN FORMAT=TRADITIONAL {sql.strip()}", parameters)
        return []


@pytest.mark.parametrize(
    ("kind", "index"), [("orders", ("orders", "PRIMARY")), ("payments", ("payment_entries", "payment_entries_by_time"))]
)
def test_a_page_is_read_in_the_order_of_its_index(
    database: Database, many_orders: list[Order], kind: Any, index: tuple[str, str]
) -> None:
    period, explained = replace(_PERIOD, kind=kind), _Explained(database)

    ExportQueries(explained).page(period, begin(period, _LATER), 1001)

    assert (explained.plans[0]["table"], explained.plans[0]["key"]) == index
    assert explained.plans[0]["type"] == "range"
    assert "filesort" not in str(explained.plans)
    assert "temporary" not in str(explained.plans)


def _reads(database: Database) -> int:
    return sum(int(row["Value"]) for row in database.rows("SHOW SESSION STATUS LIKE 'Handler_read%'"))


@pytest.mark.parametrize(("kind", "reads_a_row"), [("orders", 5), ("payments", 10)])
def test_a_late_page_reads_no_more_than_it_shows(
    database: Database, many_orders: list[Order], kind: Any, reads_a_row: int
) -> None:
    period, queries, order = replace(_PERIOD, kind=kind), ExportQueries(database), many_orders[150]
    progress = replace(begin(period, _LATER), after=Mark(order.created_at, order.id))

    before = _reads(database)
    rows = queries.page(period, progress, 10)

    assert len(rows) == 10
    assert _reads(database) - before <= 10 * reads_a_row + 10
