"""SQL that stores reports and makes repairs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from microshop.messaging.outbox import EventWriter
from microshop.products.events import StockChanged
from microshop.products.product import MAX_STOCK
from microshop.products.stock_repository import StockLedger
from microshop.reconciliation.view import report_view

if TYPE_CHECKING:
    from microshop.platform.mysql import Database
    from microshop.reconciliation.check import RepairName
    from microshop.reconciliation.report import Report

_INSERT_REPORT = """
INSERT INTO reconciliations (started_at, finished_at, disagreements, repaired, report)
VALUES (%(started_at)s, %(finished_at)s, %(disagreements)s, %(repaired)s, %(report)s)
"""
_INSERT_AUDIT_ROW = """
INSERT INTO repairs (kind, subject, note, created_at)
VALUES (%(kind)s, %(subject)s, %(note)s, %(now)s)
"""
# A stock change inserts its movement before it locks the product, so the sum must be read after the lock.
_LOCK_PRODUCT = "SELECT stock FROM products WHERE id = %(id)s FOR UPDATE"
_LEDGER_STOCK = "SELECT COALESCE(SUM(quantity), 0) AS units FROM stock_movements WHERE product_id = %(id)s"
_SET_STOCK = """
UPDATE products
SET stock = %(stock)s
WHERE id = %(id)s
  AND stock <> %(stock)s
"""
_STOCK = "SELECT stock FROM products WHERE id = %(id)s"
_RETURNED = """
SELECT COALESCE(SUM(quantity), 0) AS units
FROM stock_movements
WHERE order_id = %(order_id)s
  AND product_id = %(product_id)s
  AND kind = 'returned'
"""
_RESERVED = """
SELECT COALESCE(SUM(refund_lines.quantity), 0) AS units
FROM refunds
JOIN refund_lines ON refund_lines.refund_id = refunds.id
WHERE refunds.order_id = %(order_id)s
  AND refunds.state IN ('requested', 'pending')
  AND refund_lines.product_id = %(product_id)s
"""
_SET_RETURNED = """
UPDATE order_lines
SET returned = %(returned)s
WHERE order_id = %(order_id)s
  AND product_id = %(product_id)s
  AND returned <> %(returned)s
"""
_OUTBOX_ID = "SELECT id FROM outbox WHERE event_id = %(event_id)s"
# An event without attempts is due anyway.
_RELEASE_STUCK = """
UPDATE outbox
SET attempts = 0,
    next_attempt_at = %(now)s
WHERE id = %(id)s
  AND published_at IS NULL
  AND (attempts > 0 OR next_attempt_at > %(now)s)
"""
_REPUBLISH = """
UPDATE outbox
SET published_at = NULL,
    attempts = 0,
    next_attempt_at = %(now)s
WHERE id = %(id)s
  AND published_at IS NOT NULL
  AND NOT EXISTS (
      SELECT 1
      FROM inbox
      WHERE inbox.consumer = %(consumer)s
        AND inbox.event_id = outbox.event_id
        AND inbox.done_at IS NOT NULL
  )
"""
_MONEY_ENTRIES = """
SELECT COUNT(*) AS entries
FROM payment_entries
WHERE payment_id = %(id)s
  AND refund_id = 0
  AND kind IN ('captured', 'mismatched', 'stray')
"""
_RESET_CAPTURE = """
UPDATE payments
SET state = 'started',
    captured_minor = 0
WHERE id = %(id)s
  AND state = 'captured'
  AND refunded_minor = 0
"""
_SET_CAPTURED = """
UPDATE orders
SET captured_minor = total_minor
WHERE id = %(id)s
  AND captured_minor = 0
"""
_CHECK_PAYMENT = """
UPDATE payments
SET next_check_at = %(now)s
WHERE id = %(id)s
  AND (next_check_at < %(overdue_before)s OR (next_check_at IS NULL AND updated_at < %(overdue_before)s))
  AND (next_check_at IS NOT NULL OR state IN ('started', 'unknown', 'processing', 'abandoned'))
"""
_CHECK_REFUND = """
UPDATE refunds
SET next_check_at = %(now)s
WHERE id = %(id)s
  AND (
      (state = 'requested' AND (next_check_at IS NULL OR next_check_at > %(now)s))
      OR (
          state = 'pending'
          AND (next_check_at < %(overdue_before)s OR (next_check_at IS NULL AND updated_at < %(overdue_before)s))
      )
  )
"""


class Reports:
    """The reports of finished reconciliations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, report: Report) -> int:
        """Store a report. Returns its id."""
        return self._database.insert(
            _INSERT_REPORT,
            {
                "started_at": report.until,
                "finished_at": report.finished_at,
                "disagreements": report.disagreements,
                "repaired": report.repaired,
                "report": json.dumps(report_view(report), ensure_ascii=False),
            },
        )


class RepairRepository:
    """Makes repairs and writes their audit rows, within a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_audit_row(self, kind: RepairName, subject: str, note: str) -> None:
        """Write the audit row of a repair."""
        values = {"kind": kind.value, "subject": subject, "note": note[:500], "now": datetime.now(UTC)}
        self._database.execute(_INSERT_AUDIT_ROW, values)

    def set_stock_to_ledger(self, product_id: int) -> tuple[int, int] | None:
        """Set a product's stock to the sum of its movements. Returns (before, after), or None if unchanged."""
        product = self._database.row(_LOCK_PRODUCT, {"id": product_id})
        ledger = self._number(_LEDGER_STOCK, {"id": product_id})
        if product is None or not 0 <= ledger <= MAX_STOCK:
            return None
        changed = self._database.execute(_SET_STOCK, {"id": product_id, "stock": ledger})
        return (int(product["stock"]), ledger) if changed else None

    def publish_stock_change(self, product_id: int, quantity: int) -> None:
        """Publish a stock change by `quantity` units, so that cached copies of the product are deleted."""
        stock = self._number(_STOCK, {"id": product_id})
        EventWriter(self._database).add(
            StockChanged(product_id=product_id, kind="adjusted", quantity=quantity, stock=stock, reason="repair")
        )

    def returned_units(self, order_id: int, product_id: int) -> int:
        """Returns how many units of a line were restocked, or will be by a refund in progress."""
        values = {"order_id": order_id, "product_id": product_id}
        return self._number(_RETURNED, values) + self._number(_RESERVED, values)

    def restock(self, order_id: int, product_id: int, units: int, *, written_off: bool) -> None:
        """Restock units of a closed order. With `written_off`, they came back but are not sold again.

        Raises:
            DuplicateKey: some of the units were restocked when the order was closed.
        """
        written_off_units = {product_id: units} if written_off else {}
        ledger = StockLedger(self._database)
        ledger.restock(
            order_id, None, [(product_id, units)], "repair: the order is closed", written_off=written_off_units
        )

    def set_returned(self, order_id: int, product_id: int, units: int) -> bool:
        """Set the returned quantity of a line. Returns whether that changed it."""
        values = {"order_id": order_id, "product_id": product_id, "returned": units}
        return self._database.execute(_SET_RETURNED, values) == 1

    def outbox_id(self, event_id: str) -> int | None:
        """Returns the id of the outbox row of an event, or None."""
        row = self._database.row(_OUTBOX_ID, {"event_id": event_id}) if event_id.isascii() else None
        return int(row["id"]) if row else None

    def release_stuck(self, outbox_id: int) -> bool:
        """Make a failed event due now. Returns whether that changed it."""
        return self._database.execute(_RELEASE_STUCK, {"id": outbox_id, "now": datetime.now(UTC)}) == 1

    def republish(self, outbox_id: int, consumer: str) -> bool:
        """Let the relay publish an event again, unless `consumer` has handled it. Returns whether it will."""
        values = {"id": outbox_id, "consumer": consumer, "now": datetime.now(UTC)}
        return self._database.execute(_REPUBLISH, values) == 1

    def money_entries(self, payment_id: int) -> int:
        """Returns how many ledger entries record money of a payment."""
        return self._number(_MONEY_ENTRIES, {"id": payment_id})

    def reset_capture(self, payment_id: int) -> bool:
        """Reset a captured payment to started, so that this transaction can apply the capture again."""
        return self._database.execute(_RESET_CAPTURE, {"id": payment_id}) == 1

    def set_captured(self, order_id: int) -> bool:
        """Set the order's captured amount to its total."""
        return self._database.execute(_SET_CAPTURED, {"id": order_id}) == 1

    def check_now(self, kind: Literal["payment", "refund"], id_: int, overdue_before: datetime) -> bool:
        """Make an overdue status check, or the next attempt of a requested refund, due now."""
        sql = _CHECK_PAYMENT if kind == "payment" else _CHECK_REFUND
        values = {"id": id_, "now": datetime.now(UTC), "overdue_before": overdue_before}
        return self._database.execute(sql, values) == 1

    def _number(self, sql: str, values: dict[str, Any]) -> int:
        row = self._database.row(sql, values)
        assert row is not None  # noqa: S101 - an aggregate always has a row
        return int(next(iter(row.values())))
