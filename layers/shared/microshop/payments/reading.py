"""Reads the payments of an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from microshop.caller import ADMIN, Caller
from microshop.orders.reading import get_order

if TYPE_CHECKING:
    from microshop.orders.queries import OrderQueries
    from microshop.payments.payment import Entry, Payment, Refund
    from microshop.payments.queries import PaymentQueries


@dataclass(frozen=True)
class FoundPayments:
    """An order's attempts and refunds; the ledger is for admins and None for the owner."""

    payments: list[Payment]
    refunds: list[Refund]
    entries: list[Entry] | None
    order_currency: str


def get_payments(caller: Caller, order_id: int, orders: OrderQueries, queries: PaymentQueries) -> FoundPayments:
    """Returns the payments and refunds of an order.

    Raises:
        NotFound: there is no such order, or it is another's.
    """
    order = get_order(caller, order_id, orders)
    entries = queries.entries(order.id) if caller.has_role(ADMIN) else None
    return FoundPayments(queries.payments(order.id), queries.refunds(order.id), entries, order.currency)
