"""SQL that reads all that is stored about a person's orders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from microshop.platform.mysql import Database, Row

# 10,000 orders are 40 pages of nine queries each, and one page is a few megabytes at most.
_PAGE = 250
_ORDERS = """
SELECT id, order_number, status, payment_status, payment_method, payment_reference, currency, subtotal_minor,
       shipping_minor, tax_minor, total_minor, captured_minor, refunded_minor, return_refund_minor, dispute_status,
       address, carrier, tracking_number, expires_at, version, created_at, updated_at
FROM orders FORCE INDEX (orders_of_user)
WHERE user_id = %(user_id)s
  AND id > %(after)s
ORDER BY id
LIMIT %(limit)s
"""
# The parts of an order, each with the SQL that reads those of a page of orders. They name no member of staff: who did
# something or wrote a note belongs to that person, but the text is about the customer (Article 15).
_PARTS = {
    "lines": """
SELECT order_id, product_id, sku, name, unit_price_minor, quantity, returned
FROM order_lines
WHERE order_id IN %(ids)s
ORDER BY order_id, position
""",
    "history": """
SELECT order_id, version, action, status, payment_status, actor, note, created_at
FROM order_history
WHERE order_id IN %(ids)s
ORDER BY order_id, version
""",
    "staff_notes": """
SELECT order_id, text, created_at
FROM order_notes
WHERE order_id IN %(ids)s
ORDER BY order_id, id
""",
    "payments": """
SELECT order_id, id, attempt, provider, reference, state, amount_minor, captured_minor, refunded_minor, currency,
       dispute_status, created_at, updated_at
FROM payments
WHERE order_id IN %(ids)s
ORDER BY order_id, attempt
""",
    "payment_entries": """
SELECT payments.order_id, payment_entries.payment_id, payment_entries.kind, payment_entries.amount_minor,
       payment_entries.currency, payment_entries.reference, payment_entries.reason, payment_entries.created_at
FROM payments
JOIN payment_entries ON payment_entries.payment_id = payments.id
WHERE payments.order_id IN %(ids)s
ORDER BY payments.order_id, payment_entries.id
""",
    "refunds": """
SELECT order_id, payment_id, number, state, amount_minor, currency, cause, reason, reference, failure, created_at,
       updated_at
FROM refunds
WHERE order_id IN %(ids)s
ORDER BY order_id, number
""",
    "refunded_units": """
SELECT refunds.order_id, refunds.number AS refund_number, refund_lines.product_id, refund_lines.quantity
FROM refunds
JOIN refund_lines ON refund_lines.refund_id = refunds.id
WHERE refunds.order_id IN %(ids)s
ORDER BY refunds.order_id, refunds.number, refund_lines.product_id
""",
    "disputes": """
SELECT order_id, payment_id, provider, reference, status, reason, amount_minor, currency, respond_by, opened_at,
       closed_at, as_of
FROM disputes
WHERE order_id IN %(ids)s
ORDER BY order_id, id
""",
}


class PersonOrderQueries:
    """Reads a person's orders."""

    def __init__(self, database: Database, user_id: int) -> None:
        self._database = database
        self._user_id = user_id

    def orders(self) -> Iterator[Row]:
        """Yields the orders, the oldest first, each with its parts; only one page of them is in memory."""
        after = 0
        values = {"user_id": self._user_id, "limit": _PAGE}
        while page := self._database.rows(_ORDERS, {**values, "after": after}):
            after = page[-1]["id"]
            yield from self._with_parts(page)

    def _with_parts(self, page: list[Row]) -> list[Row]:
        orders: dict[int, Row] = {
            row["id"]: {**row, "address": json.loads(row["address"]), **{name: [] for name in _PARTS}} for row in page
        }
        for name, sql in _PARTS.items():
            for row in self._database.rows(sql, {"ids": list(orders)}):
                orders[row.pop("order_id")][name].append(row)
        return list(orders.values())
