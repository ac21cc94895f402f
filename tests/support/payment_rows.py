"""Writes given payments, refunds and ledger entries, without changing their orders."""

from collections.abc import Iterable
from datetime import datetime

from microshop.orders.order import Order
from microshop.platform.mysql import Database
from tests.support.builders import NOON

# Referencing tables come before referenced ones.
_TABLES = ("payment_entries", "refund_lines", "refunds", "payments")

_PAYMENT = """
INSERT INTO payments (order_id, attempt, provider, reference, state, amount_minor, currency, captured_minor, created_at,
                      updated_at)
SELECT %(order_id)s, COALESCE(MAX(attempt), 0) + 1, %(provider)s, %(reference)s, %(state)s, %(amount)s, %(currency)s,
       IF(%(state)s IN ('captured', 'mismatched', 'stray'), %(amount)s, 0), %(at)s, %(at)s
FROM payments
WHERE order_id = %(order_id)s
"""
_REFUND = """
INSERT INTO refunds (payment_id, order_id, number, state, amount_minor, currency, cause, reason, reference, created_at,
                     updated_at)
SELECT %(payment_id)s, %(order_id)s, COALESCE(MAX(number), 0) + 1, %(state)s, %(amount)s, 'USD', 'requested',
       %(reason)s, %(reference)s, %(at)s, %(at)s
FROM refunds
WHERE order_id = %(order_id)s
"""
_ENTRY = """
INSERT INTO payment_entries (payment_id, refund_id, kind, amount_minor, currency, reference, reason, created_at)
VALUES (%(payment_id)s, %(refund_id)s, %(kind)s, %(amount)s, %(currency)s, %(reference)s, %(reason)s, %(at)s)
"""


def write_money(database: Database, orders: Iterable[Order]) -> None:
    """Write the payments of all paid orders, so that the books agree."""
    for order in orders:
        if order.payment_status == "paid":
            values = {"id": order.id, "amount": order.total_minor}
            database.execute("UPDATE orders SET captured_minor = %(amount)s WHERE id = %(id)s", values)
            payment_id = write_payment(database, order, provider="offline", amount=order.total_minor)
            write_entry(database, payment_id, "captured", amount=order.total_minor)


def write_payment(
    database: Database,
    order: Order,
    *,
    state: str = "captured",
    provider: str = "stripe",
    reference: str | None = None,
    amount: int = 1999,
    currency: str = "USD",
    at: datetime = NOON,
) -> int:
    """Write an attempt to pay an order, with the next number. Returns its id."""
    values = {"order_id": order.id, "state": state, "provider": provider, "reference": reference}
    return database.insert(_PAYMENT, {**values, "amount": amount, "currency": currency, "at": at})


def write_refund(
    database: Database,
    order: Order,
    payment_id: int,
    *,
    state: str = "succeeded",
    reference: str | None = None,
    reason: str | None = None,
    amount: int = 500,
    at: datetime = NOON,
) -> int:
    """Write a refund, without changing its payment. Returns its id."""
    values = {"order_id": order.id, "payment_id": payment_id, "reference": reference, "reason": reason}
    return database.insert(_REFUND, {**values, "state": state, "amount": amount, "at": at})


def write_entry(
    database: Database,
    payment_id: int,
    kind: str,
    *,
    refund_id: int = 0,
    amount: int = 1999,
    currency: str = "USD",
    reference: str = "",
    reason: str | None = None,
    at: datetime = NOON,
) -> int:
    """Write a ledger entry. Returns its id."""
    values = {"payment_id": payment_id, "refund_id": refund_id, "kind": kind, "amount": amount, "currency": currency}
    return database.insert(_ENTRY, {**values, "reference": reference, "reason": reason, "at": at})


def delete_payments(database: Database) -> None:
    """Delete payments, refunds and entries. Orders keep the amounts of write_money."""
    for table in _TABLES:
        database.execute(f"DELETE FROM {table}")  # noqa: S608 - a constant
