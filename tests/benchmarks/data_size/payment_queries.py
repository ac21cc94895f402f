"""Queries of payments, and of the orders that were not paid in time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.payments.queries import PaymentQueries
from tests.benchmarks.data_size.query import Query

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.data_size.shops import Shop

_FAR = datetime(2090, 1, 1, tzinfo=UTC)


def _payments(name: str, method: str, run: Callable[[PaymentQueries, Shop], object]) -> Query:
    return Query("payments", name, f"PaymentQueries.{method}", lambda shop: run(PaymentQueries(shop.database), shop))


PAYMENT_QUERIES = (
    _payments("payments of an order", "payments", lambda queries, shop: queries.payments(shop.samples.order_id)),
    _payments(
        "live payment of an order", "live_payment", lambda queries, shop: queries.live_payment(shop.samples.order_id)
    ),
    _payments(
        "a payment by reference",
        "payment_by_reference",
        lambda queries, shop: queries.payment_by_reference("stripe", shop.samples.payment_reference),
    ),
    _payments(
        "a payment by attempt",
        "payment_by_attempt",
        lambda queries, shop: queries.payment_by_attempt("stripe", shop.samples.order_id, 1),
    ),
    _payments("refunds of an order", "refunds", lambda queries, shop: queries.refunds(shop.samples.order_id)),
    _payments("a refund", "refund", lambda queries, shop: queries.refund(shop.samples.refund_id)),
    _payments(
        "a refund by request",
        "refund_of_request",
        lambda queries, shop: queries.refund_of_request(shop.samples.user_id, "k"),
    ),
    _payments("ledger of an order", "entries", lambda queries, shop: queries.entries(shop.samples.order_id)),
    _payments("due checks", "due_payments", lambda queries, shop: queries.due_payments(shop.samples.now, 20)),
    _payments(
        "due cancellations", "due_cancellations", lambda queries, shop: queries.due_cancellations(shop.samples.now, 20)
    ),
    _payments("due searches", "due_searches", lambda queries, shop: queries.due_searches(shop.samples.now, 20)),
    _payments("due refunds", "due_refunds", lambda queries, shop: queries.due_refunds(shop.samples.now, 20)),
    _payments(
        "oldest requested refund", "oldest_requested_refund", lambda queries, _: queries.oldest_requested_refund()
    ),
    _payments(
        "expiry, nothing due",
        "unpaid_orders",
        lambda queries, shop: queries.unpaid_orders(shop.samples.now, None, 1000, has_attempt=False),
    ),
    _payments(
        "expiry, all pending orders due, a page of two",
        "unpaid_orders",
        lambda queries, _: queries.unpaid_orders(_FAR, None, 2, has_attempt=False),
    ),
)
