"""Reading the payments of an order."""

from dataclasses import dataclass
from typing import Protocol

from microshop.caller import ADMIN, Caller
from microshop.orders.queries import OrderQueries
from microshop.orders.reading import get_order
from microshop.payments.payment import Entry, Payment, Refund


class PaymentReader(Protocol):
    """Where payments are read."""

    def of_order(self, order_id: int) -> list[Payment]: ...
    def refunds(self, order_id: int) -> list[Refund]: ...
    def entries(self, order_id: int) -> list[Entry]: ...


@dataclass(frozen=True)
class OrderPayments:
    """An order's attempts and refunds; the ledger is None for its owner."""

    payments: list[Payment]
    refunds: list[Refund]
    entries: list[Entry] | None


def get_payments(caller: Caller, order_id: int, orders: OrderQueries, payments: PaymentReader) -> OrderPayments:
    """What was paid and given back for an order.

    Raises:
        NotFound: there is no such order, or it is another's.
    """
    order = get_order(caller, order_id, orders)
    entries = payments.entries(order.id) if caller.has_role(ADMIN) else None
    return OrderPayments(payments.of_order(order.id), payments.refunds(order.id), entries)
