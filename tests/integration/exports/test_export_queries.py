"""The SQL of exports: its indexes, and the number of rows that a page reads."""

from collections.abc import Iterator
from copy import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from microshop.exports.period import Kind, Period, RowPosition, initial_progress
from microshop.exports.queries import ExportQueries
from microshop.orders.order import Order
from microshop.platform.mysql import Database
from tests.support.builders import NOON
from tests.support.catalogue import put_on_sale
from tests.support.order_builders import a_line, a_new_order
from tests.support.order_rows import write_orders
from tests.support.orders import a_customer
from tests.support.payment_rows import delete_payments, write_entry, write_payment
from tests.support.query_cost import ExplainingDatabase, rows_read
from tests.support.table_rows import wrong_answers

_HOUR = timedelta(hours=1)
_PERIOD = Period("orders", date(2026, 1, 2), date(2026, 1, 10), UTC)
_LATER = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture
def many_orders(database: Database) -> Iterator[list[Order]]:
    """One order per hour, each with a declined and a captured payment entry."""
    customer, product_id = a_customer(database), put_on_sale(database, stock=100_000)
    orders = [
        a_new_order(a_line(product_id=product_id), user_id=customer.user_id, now=NOON + hour * _HOUR)
        for hour in range(200)
    ]
    write_orders(database, orders)
    for order in orders:
        payment_id = write_payment(database, order)
        write_entry(database, payment_id, "declined", at=order.created_at)
        write_entry(database, payment_id, "captured", at=order.created_at)
    database.rows("ANALYZE TABLE orders, order_lines, payments, payment_entries")
    yield orders
    delete_payments(database)


def test_a_page_is_read_from_its_index_without_sorting(database: Database, many_orders: list[Order]) -> None:
    rows: list[tuple[Kind, tuple[str, str, str]]] = [
        ("orders", ("orders", "PRIMARY", "range")),
        ("payments", ("payment_entries", "payment_entries_by_time", "range")),
        ("audit-log", ("audit_log", "audit_log_at", "range")),
    ]

    def access(kind: Kind) -> object:
        period, explaining = replace(_PERIOD, kind=kind), ExplainingDatabase(database)
        ExportQueries(explaining).page(period, initial_progress(period, _LATER), 1001)
        if "filesort" in str(explaining.plan) or "temporary" in str(explaining.plan):
            return explaining.plan
        first = explaining.plan[0]
        return first["table"], first["key"], first["type"]

    assert wrong_answers(access, rows) == []


def test_a_late_page_reads_few_more_rows_than_it_shows(database: Database, many_orders: list[Order]) -> None:
    queries, order = ExportQueries(database), many_orders[150]
    limits: dict[Kind, int] = {"orders": 60, "payments": 110}
    for kind, limit in limits.items():
        period = replace(_PERIOD, kind=kind)
        progress = replace(initial_progress(period, _LATER), after=RowPosition(order.created_at, order.id))

        read = rows_read(database, lambda period=period, progress=progress: queries.page(period, progress, 10))  # type: ignore[misc]

        assert len(queries.page(period, progress, 10)) == 10
        assert read <= limit, kind
