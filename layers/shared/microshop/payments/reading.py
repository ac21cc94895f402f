"""Reads the payments of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.orders.reading import get_order
from microshop.scopes import READ_ORDERS
from microshop.values import Value

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.orders.queries import OrderQueries
    from microshop.payments.payment import Entry, Payment, Refund
    from microshop.payments.queries import PaymentQueries


class OrderPaymentDetails(Value):
    """An order's attempts and refunds. `entries` is the ledger, which only staff see: None for the owner."""

    payments: list[Payment]
    refunds: list[Refund]
    entries: list[Entry] | None
    order_currency: str


def get_payments(caller: Caller, order_id: int, orders: OrderQueries, queries: PaymentQueries) -> OrderPaymentDetails:
    """Returns the payments and refunds of an order.

    Raises:
        NotFound: there is no such order, or it belongs to another customer.
    """
    order = get_order(caller, order_id, orders)
    entries = queries.entries(order.id) if caller.may(READ_ORDERS) else None
    return OrderPaymentDetails(queries.payments(order.id), queries.refunds(order.id), entries, order.currency)
