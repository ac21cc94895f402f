"""All SQL that reads payments, refunds and their ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from microshop.payments.payment import LIVE_STATES, Entry, Payment, Refund, RestockLine

if TYPE_CHECKING:
    from microshop.platform.mysql import Database, Row

# The amount that disputes withhold from a payment: the bank has withdrawn the funds, or is about to, so a refund would
# pay the customer twice. It is computed, not stored, so that it always agrees with the disputes. A dispute in another
# currency withholds the whole payment.
WITHHELD_MINOR = """(
    SELECT CAST(COALESCE(
        SUM(IF(disputes.currency = payments.currency, disputes.amount_minor, payments.captured_minor)), 0
    ) AS SIGNED)
    FROM disputes
    WHERE disputes.payment_id = payments.id
      AND disputes.status IN ('open', 'lost')
)"""
# A requested refund waits for the end of an open dispute if the dispute leaves too little for it. It is not overdue.
WAITS_FOR_DISPUTE = f"""(
    payments.dispute_status <=> 'open'
    AND payments.refunded_minor + {WITHHELD_MINOR} > payments.captured_minor
)"""
_PAYMENT = (
    "id, order_id, attempt, provider, reference, state, amount_minor, currency, captured_minor, refunded_minor, "
    f"checks, next_check_at, created_at, updated_at, dispute_status, searched_until, {WITHHELD_MINOR} AS withheld_minor"
)
_REFUND = (
    "id, payment_id, order_id, number, state, amount_minor, currency, cause, reason, reference, failure, "
    "requested_by, checks, next_check_at, created_at, updated_at"
)
_PAYMENTS_OF = f"SELECT {_PAYMENT} FROM payments WHERE order_id = %(order_id)s ORDER BY attempt"  # noqa: S608 - constants
_REFUNDS_OF = f"SELECT {_REFUND} FROM refunds WHERE order_id = %(order_id)s ORDER BY number"  # noqa: S608
_BY_REFERENCE = f"SELECT {_PAYMENT} FROM payments WHERE provider_key = %(key)s"  # noqa: S608
_BY_ATTEMPT = (
    f"SELECT {_PAYMENT} FROM payments"  # noqa: S608
    " WHERE order_id = %(order_id)s AND attempt = %(attempt)s AND provider = %(provider)s"
)
_REFUND_OF_REQUEST = (
    f"SELECT {_REFUND}, fingerprint FROM refunds"  # noqa: S608
    " WHERE requested_by = %(user_id)s AND request_key = %(key)s"
)
_REFUND_BY_ID = f"SELECT {_REFUND} FROM refunds WHERE id = %(id)s"  # noqa: S608
_REFUND_LINES = """
SELECT refund_id, product_id, quantity
FROM refund_lines
WHERE refund_id IN %(ids)s
ORDER BY refund_id, product_id
"""
_ENTRIES_OF = """
SELECT payment_entries.id, payment_entries.payment_id, payment_entries.refund_id, payment_entries.kind,
       payment_entries.amount_minor, payment_entries.currency, payment_entries.reference, payment_entries.reason,
       payment_entries.created_at
FROM payment_entries
JOIN payments ON payments.id = payment_entries.payment_id
WHERE payments.order_id = %(order_id)s
ORDER BY payment_entries.id
"""
_DUE_PAYMENTS = (
    f"SELECT {_PAYMENT} FROM payments WHERE next_check_at <= %(now)s"  # noqa: S608
    " AND {kind} ORDER BY next_check_at LIMIT %(limit)s"
)
_DUE_CHECKS = _DUE_PAYMENTS.format(kind="reference IS NOT NULL AND state <> 'abandoned'")
_DUE_CANCELLATIONS = _DUE_PAYMENTS.format(kind="reference IS NOT NULL AND state = 'abandoned'")
_DUE_SEARCHES = _DUE_PAYMENTS.format(kind="reference IS NULL")
_DUE_REFUNDS = (
    f"SELECT {_REFUND} FROM refunds WHERE next_check_at <= %(now)s"  # noqa: S608
    " ORDER BY next_check_at LIMIT %(limit)s"
)
_OLDEST_REQUESTED_REFUND = f"""
SELECT MIN(refunds.created_at) AS requested_at
FROM refunds
JOIN payments ON payments.id = refunds.payment_id
WHERE refunds.next_check_at IS NOT NULL
  AND refunds.state = 'requested'
  AND NOT {WAITS_FOR_DISPUTE}
"""  # noqa: S608 - constants
# Only pending orders have a payment period. Without the index hint, the optimizer may scan all orders by their id.
_UNPAID_ORDERS = """
SELECT orders.id, orders.expires_at
FROM orders FORCE INDEX (orders_due)
LEFT JOIN payments ON payments.live_order_id = orders.id
WHERE orders.expires_at <= %(now)s
  AND (orders.expires_at > %(after_at)s OR (orders.expires_at = %(after_at)s AND orders.id > %(after_id)s))
  AND orders.status = 'pending'
  AND orders.payment_status = 'unpaid'
  AND (payments.id IS NOT NULL) = %(has_attempt)s
ORDER BY orders.expires_at, orders.id
LIMIT %(limit)s
"""


class OverdueOrder(NamedTuple):
    """An unpaid order whose payment period is over."""

    id: int
    expires_at: datetime


_FIRST = OverdueOrder(0, datetime(2000, 1, 1, tzinfo=UTC))


class PaymentQueries:
    """Reads payments and refunds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def payments(self, order_id: int) -> list[Payment]:
        """Returns an order's attempts, oldest first."""
        return [Payment(**row) for row in self._database.rows(_PAYMENTS_OF, {"order_id": order_id})]

    def live_payment(self, order_id: int) -> Payment | None:
        """Returns the one attempt of an order that is live (see `LIVE_STATES`), or None."""
        return next((payment for payment in self.payments(order_id) if payment.state in LIVE_STATES), None)

    def payment_by_reference(self, provider: str, reference: str) -> Payment | None:
        """Returns the attempt with this reference at the provider, or None."""
        row = self._database.row(_BY_REFERENCE, {"key": f"{provider}:{reference}"})
        return Payment(**row) if row else None

    def payment_by_attempt(self, provider: str, order_id: int, attempt: int) -> Payment | None:
        """Returns an order's attempt by its number, or None."""
        values = {"order_id": order_id, "attempt": attempt, "provider": provider}
        row = self._database.row(_BY_ATTEMPT, values)
        return Payment(**row) if row else None

    def refunds(self, order_id: int) -> list[Refund]:
        """Returns an order's refunds, oldest first."""
        return self._with_lines(self._database.rows(_REFUNDS_OF, {"order_id": order_id}))

    def refund(self, refund_id: int) -> Refund | None:
        """Returns a refund by its id, or None."""
        return next(iter(self._with_lines(self._database.rows(_REFUND_BY_ID, {"id": refund_id}))), None)

    def refund_of_request(self, user_id: int, key: str) -> tuple[Refund, str] | None:
        """Returns the refund requested with an Idempotency-Key and the fingerprint of that request, or None."""
        row = self._database.row(_REFUND_OF_REQUEST, {"user_id": user_id, "key": key})
        if row is None:
            return None
        fingerprint = str(row.pop("fingerprint"))
        return self._with_lines([row])[0], fingerprint

    def entries(self, order_id: int) -> list[Entry]:
        """Returns the ledger of an order, oldest entry first."""
        return [Entry(**row) for row in self._database.rows(_ENTRIES_OF, {"order_id": order_id})]

    def due_payments(self, now: datetime, limit: int) -> list[Payment]:
        """Returns attempts that are due to be checked at the provider, longest overdue first."""
        return self._due(_DUE_CHECKS, now, limit)

    def due_cancellations(self, now: datetime, limit: int) -> list[Payment]:
        """Returns abandoned attempts that are due to be cancelled at the provider, longest overdue first."""
        return self._due(_DUE_CANCELLATIONS, now, limit)

    def due_searches(self, now: datetime, limit: int) -> list[Payment]:
        """Returns attempts without a reference that are due for a search at the provider, longest overdue first."""
        return self._due(_DUE_SEARCHES, now, limit)

    def due_refunds(self, now: datetime, limit: int) -> list[Refund]:
        """Returns refunds that are due to be sent to the provider or checked there, longest overdue first."""
        return self._with_lines(self._database.rows(_DUE_REFUNDS, {"now": now, "limit": limit}))

    def oldest_requested_refund(self) -> datetime | None:
        """Returns the time of the oldest requested refund that the provider has not made and no dispute holds back."""
        row = self._database.row(_OLDEST_REQUESTED_REFUND)
        return row["requested_at"] if row else None

    def unpaid_orders(
        self, now: datetime, after: OverdueOrder | None, limit: int, *, has_attempt: bool
    ) -> list[OverdueOrder]:
        """Returns unpaid orders whose payment period is over, after the order `after`, longest overdue first.

        With `has_attempt`, orders with a live attempt, which the provider has to cancel; otherwise orders without one.
        """
        after = after or _FIRST
        values = {"now": now, "after_at": after.expires_at, "after_id": after.id, "limit": limit}
        return [
            OverdueOrder(**row) for row in self._database.rows(_UNPAID_ORDERS, {**values, "has_attempt": has_attempt})
        ]

    def _due(self, sql: str, now: datetime, limit: int) -> list[Payment]:
        return [Payment(**row) for row in self._database.rows(sql, {"now": now, "limit": limit})]

    def _with_lines(self, rows: list[Row]) -> list[Refund]:
        if not rows:
            return []
        lines: dict[int, list[RestockLine]] = {row["id"]: [] for row in rows}
        for line in self._database.rows(_REFUND_LINES, {"ids": list(lines)}):
            lines[line["refund_id"]].append(RestockLine(line["product_id"], line["quantity"]))
        return [Refund(**row, restock=tuple(lines[row["id"]])) for row in rows]
