"""All SQL that writes the payments of orders with nothing to pay. They need neither a provider nor a lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microshop.orders.order import Order
    from microshop.payments.payment import ProviderName
    from microshop.platform.mysql import StatementSink

_FREE: ProviderName = "free"
_INSERT = """
INSERT INTO payments (order_id, attempt, provider, state, amount_minor, currency, captured_minor, created_at,
                      updated_at)
VALUES (%(order_id)s, 1, %(provider)s, 'captured', 0, %(currency)s, 0, %(now)s, %(now)s)
"""
_APPEND = """
INSERT INTO payment_entries (payment_id, kind, amount_minor, currency, reason, created_at)
VALUES (LAST_INSERT_ID(), 'captured', 0, %(currency)s, 'nothing to pay', %(now)s)
"""


class FreePayments:
    """Implements the port of the same name in orders/placing_unit_of_work.py."""

    def __init__(self, transaction: StatementSink) -> None:
        self._transaction = transaction

    def add(self, order: Order) -> None:
        """Add the order's captured payment of 0 and its ledger entry."""
        values = {"order_id": order.id, "provider": _FREE, "currency": order.currency, "now": order.created_at}
        self._transaction.execute(_INSERT, values)
        self._transaction.execute(_APPEND, values)  # directly after the insert, whose id LAST_INSERT_ID() reads
