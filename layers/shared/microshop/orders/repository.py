"""All SQL that writes orders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from microshop.errors import TransactionConflict
from microshop.messaging.outbox import EventWriter
from microshop.orders.queries import OrderQueries
from microshop.products.stock_repository import StockLedger, StockLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.orders.history import Change
    from microshop.orders.order import Order
    from microshop.orders.returned_units import ReturnedUnits
    from microshop.orders.states import Transition
    from microshop.platform.mysql import StatementSink

# Serialises the orders of a customer: two concurrent requests would read the same count of open orders.
_LOCK_CUSTOMER = "SELECT id FROM users WHERE id = %(user_id)s FOR UPDATE"
# Counts the customer's orders that are neither paid nor shipped. At the limit, the INSERT sets user_id to NULL, which
# the table refuses, so that the transaction fails before its COMMIT.
_INSERT = """
INSERT INTO orders (id, order_number, user_id, status, payment_status, payment_method, currency, subtotal_minor,
                    shipping_minor, tax_minor, total_minor, address, expires_at, version, created_at, updated_at)
SELECT %(id)s, %(order_number)s,
       IF(%(payment_status)s <> 'unpaid' OR COUNT(*) < %(max_unpaid)s, %(user_id)s, NULL),
       %(status)s, %(payment_status)s, %(payment_method)s, %(currency)s, %(subtotal_minor)s, %(shipping_minor)s,
       %(tax_minor)s, %(total_minor)s, %(address)s, %(expires_at)s, %(version)s, %(created_at)s, %(updated_at)s
FROM orders FORCE INDEX (orders_open_of_user)
WHERE user_id = %(user_id)s
  AND status IN ('pending', 'confirmed')
  AND payment_status IN ('unpaid', 'processing', 'review')
"""
_INSERT_LINES = """
INSERT INTO order_lines (order_id, product_id, position, sku, name, unit_price_minor, quantity)
VALUES {rows}
"""
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


class NewOrders:
    """Writes new orders, each with its lines, first history entry and event."""

    def __init__(self, transaction: StatementSink) -> None:
        self._transaction = transaction

    def add(self, change: Change, max_unpaid: int) -> None:
        """Write a new order. The commit fails if its customer has `max_unpaid` unpaid orders already."""
        order = change.order
        self._transaction.execute(_LOCK_CUSTOMER, {"user_id": order.user_id})
        columns = {name: getattr(order, name) for name in _NEW_COLUMNS}
        address = json.dumps(order.address, ensure_ascii=False)
        self._transaction.execute(_INSERT, {**columns, "address": address, "max_unpaid": max_unpaid})
        rows = {
            f"row_{n}": (order.id, line.product_id, n, line.sku, line.name, line.unit_price_minor, line.quantity)
            for n, line in enumerate(order.lines)
        }
        self._transaction.execute(_INSERT_LINES.format(rows=", ".join(f"%({name})s" for name in rows)), rows)
        _record(self._transaction, change)


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


class StockSales:
    """Takes the stock of orders."""

    def __init__(self, transaction: StatementSink) -> None:
        self._ledger = StockLedger(transaction)

    def take(self, order: Order) -> None:
        """Take the units of all lines; the commit fails if stock runs out. Call it last: it locks the products."""
        lines = [
            StockLine(line.product_id, line.sku, line.name, line.quantity, line.unit_price_minor)
            for line in order.lines
        ]
        self._ledger.sell(order.id, order.user_id, lines)


class StockReturns:
    """Restocks the units of orders."""

    def __init__(self, transaction: StatementSink) -> None:
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


_NEW_COLUMNS = (
    "id",
    "order_number",
    "user_id",
    "status",
    "payment_status",
    "payment_method",
    "currency",
    "subtotal_minor",
    "shipping_minor",
    "tax_minor",
    "total_minor",
    "expires_at",
    "version",
    "created_at",
    "updated_at",
)
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


def _record(transaction: StatementSink, change: Change) -> None:
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
