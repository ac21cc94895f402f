"""All SQL that changes orders; migrations/0050_create_place_order_1.sql writes new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import TransactionConflict
from microshop.messaging.outbox import EventWriter
from microshop.orders.queries import OrderQueries
from microshop.products.stock_repository import StockLedger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.orders.history import Change
    from microshop.orders.order import Order
    from microshop.orders.returned_units import ReturnedUnits
    from microshop.orders.states import Transition
    from microshop.platform.mysql import Database

_INSERT_HISTORY = """
INSERT INTO order_history (order_id, version, action, status, payment_status, actor, actor_id, note, event_id,
                           created_at)
VALUES (%(order_id)s, %(version)s, %(action)s, %(status)s, %(payment_status)s, %(actor)s, %(actor_id)s, %(note)s,
        %(event_id)s, %(created_at)s)
"""
# The caller has locked the row. The statement also checks version and state, so that no mistake overwrites a change.
_CHANGE = """
UPDATE orders
SET status = %(status)s,
    payment_status = %(payment_status)s,
    payment_reference = %(payment_reference)s,
    captured_minor = %(captured_minor)s,
    refunded_minor = %(refunded_minor)s,
    carrier = %(carrier)s,
    tracking_number = %(tracking_number)s,
    expires_at = %(expires_at)s,
    dispute_status = %(dispute_status)s,
    return_refund_minor = %(return_refund_minor)s,
    version = version + 1,
    updated_at = %(updated_at)s
WHERE id = %(id)s
  AND version = %(previous_version)s
  AND (status, payment_status) IN %(sources)s
"""


_COUNT_RETURNED = """
UPDATE order_lines
SET returned = quantity
WHERE order_id = %(order_id)s
"""


class OrderRepository(OrderQueries):
    """Reads and changes orders within a transaction."""

    def change(self, change: Change, transition: Transition) -> None:
        """Write an order after `transition`, with its history entry and event.

        Raises:
            TransactionConflict: another request has changed the order since it was read.
        """
        order = change.order
        values = {name: getattr(order, name) for name in _CHANGED_COLUMNS}
        changed = self._database.execute(
            _CHANGE, {**values, "previous_version": order.version - 1, "sources": list(transition.moves)}
        )
        if changed != 1:
            raise TransactionConflict("an order was changed by two requests")
        _record(self._database, change)


class StockReturns:
    """Restocks the units of orders."""

    def __init__(self, transaction: Database) -> None:
        self._transaction = transaction
        self._ledger = StockLedger(transaction)

    def restock_order(self, order: Order, user_id: int | None, reason: str) -> None:
        """Restock the unreturned units of all lines. Call it last: it locks the products until the commit."""
        if units := [(line.product_id, line.unreturned) for line in order.lines if line.unreturned]:
            self._transaction.execute(_COUNT_RETURNED, {"order_id": order.id})
            self._ledger.restock(order.id, user_id, units, reason)

    def restock_parcel(self, order: Order, user_id: int, units: Sequence[ReturnedUnits], reason: str) -> None:
        """Restock some units of a returned parcel and write the others off. Call it last, as `restock_order`."""
        if units:
            self._transaction.execute(_COUNT_RETURNED, {"order_id": order.id})
            returned = [(line.product_id, line.quantity) for line in units]
            written_off = {line.product_id: line.written_off for line in units if line.written_off}
            self._ledger.restock(order.id, user_id, returned, reason, written_off=written_off)

    def restock_refund(self, order: Order, refund_id: int, units: Sequence[tuple[int, int]], reason: str) -> None:
        """Restock units, as (product id, quantity), that a refund has reserved. Call it last, as `restock_order`."""
        if units:
            self._ledger.restock(order.id, None, units, reason, refund_id)


_CHANGED_COLUMNS = (
    "id",
    "status",
    "payment_status",
    "payment_reference",
    "captured_minor",
    "refunded_minor",
    "carrier",
    "tracking_number",
    "expires_at",
    "dispute_status",
    "return_refund_minor",
    "updated_at",
)


def _record(transaction: Database, change: Change) -> None:
    order = change.order
    transaction.execute(
        _INSERT_HISTORY,
        {
            "order_id": order.id,
            "version": order.version,
            "action": change.action,
            "status": order.status,
            "payment_status": order.payment_status,
            "actor": change.actor.kind,
            "actor_id": change.actor.user_id,
            "note": change.note,
            "event_id": change.event.id,
            "created_at": order.updated_at,
        },
    )
    EventWriter(transaction).add(change.event)
