"""Queries of orders and of exports."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from microshop.exports.period import Period, initial_progress
from microshop.exports.queries import ExportQueries
from microshop.orders.count_queries import OrderCounts
from microshop.orders.paging import OrderFilter
from microshop.orders.queries import OrderQueries
from tests.benchmarks.data_size.query import PAGE, Query, rolled_back

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.data_size.shops import Shop

_EXPORTED = 1000


def _list_of_orders(name: str, criteria: Callable[[Shop], OrderFilter]) -> Query:
    def run(shop: Shop) -> object:
        after = shop.samples.late_order_id if "80 %" in name else None
        return OrderQueries(shop.database).page(criteria(shop), after, PAGE)

    return Query("orders", f"list, {name}", "OrderQueries.page", run)


def _month(shop: Shop) -> OrderFilter:
    return OrderFilter(
        created_from=shop.samples.now - timedelta(days=90), created_before=shop.samples.now - timedelta(days=60)
    )


def _count_of_orders(name: str, criteria: Callable[[Shop], OrderFilter]) -> Query:
    return Query(
        "orders", f"count {name}", "OrderCounts.count", lambda shop: OrderCounts(shop.database).count(criteria(shop))
    )


ORDER_QUERIES = (
    Query(
        "orders",
        "an order",
        "OrderQueries.by_id",
        lambda shop: OrderQueries(shop.database).by_id(shop.samples.order_id, None),
    ),
    Query(
        "orders",
        "an order, locked",
        "OrderQueries.lock",
        lambda shop: rolled_back(shop, lambda: OrderQueries(shop.database).lock(shop.samples.order_id, None)),
    ),
    Query(
        "orders",
        "history of an order",
        "OrderQueries.history",
        lambda shop: OrderQueries(shop.database).history(shop.samples.order_id),
    ),
    _list_of_orders("of a customer", lambda shop: OrderFilter(user_id=shop.samples.user_id)),
    _list_of_orders(
        "of a customer by state", lambda shop: OrderFilter(user_id=shop.samples.user_id, status="delivered")
    ),
    _list_of_orders("all", lambda _: OrderFilter()),
    _list_of_orders("all, at 80 %", lambda _: OrderFilter()),
    _list_of_orders("delivered", lambda _: OrderFilter(status="delivered")),
    _list_of_orders("delivered, at 80 %", lambda _: OrderFilter(status="delivered")),
    _list_of_orders("refunded", lambda _: OrderFilter(payment_status="refunded")),
    _list_of_orders("disputes won", lambda _: OrderFilter(dispute_status="won")),
    _list_of_orders("of a month", _month),
    _list_of_orders("two states of most", lambda _: OrderFilter(status="delivered", payment_status="paid")),
    _list_of_orders("two states of few", lambda _: OrderFilter(status="cancelled", payment_status="refunded")),
    _list_of_orders("two states of none", lambda _: OrderFilter(status="shipped", payment_status="refunded")),
    _list_of_orders("total of most", lambda _: OrderFilter(min_total_minor=1000)),
    _list_of_orders("total of 15", lambda shop: OrderFilter(min_total_minor=shop.samples.few_total)),
    _list_of_orders("total of none", lambda _: OrderFilter(min_total_minor=10**12)),
    _list_of_orders("total of one in 300", lambda shop: OrderFilter(min_total_minor=shop.samples.some_total)),
    _list_of_orders(
        "delivered, total of 15", lambda shop: OrderFilter(status="delivered", min_total_minor=shop.samples.few_total)
    ),
    _list_of_orders("paid, total of none", lambda _: OrderFilter(payment_status="paid", min_total_minor=10**12)),
    _list_of_orders(
        "of a month, total of none",
        lambda shop: OrderFilter(
            created_from=_month(shop).created_from, created_before=_month(shop).created_before, min_total_minor=10**12
        ),
    ),
    _list_of_orders("by number", lambda shop: OrderFilter(order_number=shop.samples.order_number)),
    _list_of_orders("by mail address", lambda shop: OrderFilter(email=shop.samples.email)),
    _list_of_orders(
        "by reference of a payment", lambda shop: OrderFilter(payment_reference=shop.samples.payment_reference)
    ),
    _list_of_orders(
        "by reference of a refund", lambda shop: OrderFilter(payment_reference=shop.samples.refund_reference)
    ),
    _count_of_orders("all", lambda _: OrderFilter()),
    _count_of_orders("delivered", lambda _: OrderFilter(status="delivered")),
    _count_of_orders("two states", lambda _: OrderFilter(status="delivered", payment_status="paid")),
    _count_of_orders("total of none", lambda _: OrderFilter(min_total_minor=10**12)),
    Query("orders", "export, 1000 orders", "ExportQueries.page", lambda shop: _export(shop, "orders")),
    Query("orders", "export, 1000 movements of money", "ExportQueries.page", lambda shop: _export(shop, "payments")),
)


def _export(shop: Shop, kind: str) -> object:
    today = shop.samples.now.date()
    period = Period(kind, today - timedelta(days=320), today, UTC)  # type: ignore[arg-type]
    return ExportQueries(shop.database).page(period, initial_progress(period, shop.samples.now), _EXPORTED)
