"""All SQL that stores reports and repairs what they tell of."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Self

from microshop.messaging.outbox import EventWriter
from microshop.payments.repository import PaymentsUnitOfWork
from microshop.platform.mysql import Database
from microshop.products.events import StockChanged
from microshop.products.product import MAX_STOCK
from microshop.products.stock_repository import StockLedger
from microshop.reconciliation.report import Report

_INSERT_REPORT = """
INSERT INTO reconciliations (started_at, finished_at, disagreements, repaired, report)
VALUES (%(started_at)s, %(finished_at)s, %(disagreements)s, %(repaired)s, %(report)s)
"""
_NOTE = """
INSERT INTO repairs (kind, subject, note, created_at)
VALUES (%(kind)s, %(subject)s, %(note)s, %(now)s)
"""
# Whoever moves stock writes the movement before it locks the product: so the sum is read after the lock, and again.
_LOCK_PRODUCT = "SELECT stock FROM products WHERE id = %(id)s FOR UPDATE"
_MOVED = "SELECT COALESCE(SUM(quantity), 0) AS units FROM stock_movements WHERE product_id = %(id)s"
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
_COUNT_RETURNED = """
UPDATE order_lines
SET returned = %(returned)s
WHERE order_id = %(order_id)s
  AND product_id = %(product_id)s
  AND returned <> %(returned)s
"""
# What waits is due anyway when nobody has tried it yet.
_RELEASE_STUCK = """
UPDATE outbox
SET attempts = 0,
    next_attempt_at = %(now)s
WHERE id = %(id)s
  AND published_at IS NULL
  AND (attempts > 0 OR next_attempt_at > %(now)s)
"""
_PUBLISH_AGAIN = """
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
_FORGET_CAPTURE = """
UPDATE payments
SET state = 'started',
    captured_minor = 0
WHERE id = %(id)s
  AND state = 'captured'
  AND refunded_minor = 0
"""
_COUNT_CAPTURED = """
UPDATE orders
SET captured_minor = total_minor
WHERE id = %(id)s
  AND captured_minor = 0
"""
_ASK_ABOUT_PAYMENT = """
UPDATE payments
SET next_check_at = %(now)s
WHERE id = %(id)s
  AND (next_check_at < %(overdue_before)s OR (next_check_at IS NULL AND updated_at < %(overdue_before)s))
  AND (next_check_at IS NOT NULL OR state IN ('started', 'unknown', 'processing', 'abandoned'))
"""
_ASK_ABOUT_REFUND = """
UPDATE refunds
SET next_check_at = %(now)s
WHERE id = %(id)s
  AND state IN ('requested', 'pending')
  AND (next_check_at < %(overdue_before)s OR (next_check_at IS NULL AND updated_at < %(overdue_before)s))
"""


class Reports:
    """Finished reconciliations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, report: Report) -> int:
        """Store a report; its id."""
        return self._database.insert(
            _INSERT_REPORT,
            {
                "started_at": report.until,
                "finished_at": report.finished_at,
                "disagreements": report.disagreements,
                "repaired": report.repaired,
                "report": json.dumps(report.shown(), ensure_ascii=False),
            },
        )


class RepairsUnitOfWork(PaymentsUnitOfWork):
    """A transaction that repairs one thing, looks first whether it is still wrong, and writes down what it did."""

    def note(self, kind: str, subject: str, note: str) -> None:
        """Add a line to the audit trail."""
        values = {"kind": kind, "subject": subject, "note": note[:500], "now": datetime.now(UTC)}
        self._database.execute(_NOTE, values)

    def stock_to_ledger(self, product_id: int) -> tuple[int, int] | None:
        """Set a product's stock to what its ledger says, as (before, after); None where it does or cannot."""
        locked = self._database.row(_LOCK_PRODUCT, {"id": product_id})
        ledger = self._number(_MOVED, {"id": product_id})
        if locked is None or not 0 <= ledger <= MAX_STOCK:
            return None
        changed = self._database.execute(_SET_STOCK, {"id": product_id, "stock": ledger})
        return (int(locked["stock"]), ledger) if changed else None

    def tell_stock(self, product_id: int, quantity: int) -> None:
        """Announce that the stock has changed by so many units: what caches hold of the product is stale."""
        stock = self._number(_STOCK, {"id": product_id})
        EventWriter(self._database).add(
            StockChanged(product_id=product_id, kind="adjusted", quantity=quantity, stock=stock, reason="repair")
        )

    def returned_units(self, order_id: int, product_id: int) -> int:
        """How many units of a line came back, or are about to with a refund."""
        values = {"order_id": order_id, "product_id": product_id}
        return self._number(_RETURNED, values) + self._number(_RESERVED, values)

    def put_back(self, order_id: int, product_id: int, units: int) -> None:
        """Give units of an order that is over back to stock; DuplicateKey if its end has brought some of them."""
        StockLedger(self._database).put_back(order_id, None, [(product_id, units)], "repair: the order is over")

    def count_returned(self, order_id: int, product_id: int, units: int) -> bool:
        """Set how many units of a line count as returned."""
        values = {"order_id": order_id, "product_id": product_id, "returned": units}
        return self._database.execute(_COUNT_RETURNED, values) == 1

    def release_stuck(self, outbox_id: int) -> bool:
        """Have an event that failed published at the next pass."""
        return self._database.execute(_RELEASE_STUCK, {"id": outbox_id, "now": datetime.now(UTC)}) == 1

    def publish_again(self, outbox_id: int, consumer: str) -> bool:
        """Have an event published again that `consumer` has not handled."""
        values = {"id": outbox_id, "consumer": consumer, "now": datetime.now(UTC)}
        return self._database.execute(_PUBLISH_AGAIN, values) == 1

    def money_entries(self, payment_id: int) -> int:
        """How many entries of the ledger say that a payment brought money."""
        return self._number(_MONEY_ENTRIES, {"id": payment_id})

    def forget_capture(self, payment_id: int) -> bool:
        """Take a payment for one that is yet to bring money, so that it can be settled anew in this transaction."""
        return self._database.execute(_FORGET_CAPTURE, {"id": payment_id}) == 1

    def count_captured(self, order_id: int) -> bool:
        """Count an order's total as captured."""
        return self._database.execute(_COUNT_CAPTURED, {"id": order_id}) == 1

    def ask_about(self, what: str, id_: int, overdue_before: datetime) -> bool:
        """Have the provider asked at the next opportunity about an overdue `payment` or `refund`."""
        sql = _ASK_ABOUT_PAYMENT if what == "payment" else _ASK_ABOUT_REFUND
        values = {"id": id_, "now": datetime.now(UTC), "overdue_before": overdue_before}
        return self._database.execute(sql, values) == 1

    def _number(self, sql: str, values: dict[str, Any]) -> int:
        row = self._database.row(sql, values)
        assert row is not None  # noqa: S101 - an aggregate always has a row
        return int(next(iter(row.values())))


class AuditedUnitOfWork(RepairsUnitOfWork):
    """A transaction that settles what a provider said, and notes it if that has ended a disagreement about an order.

    `disagrees` looks at the ledger through the same connection: under the order's lock before anything is done, and
    again before the commit.
    """

    def __init__(self, database: Database, order_id: int | None, disagrees: Callable[[], bool], note: str) -> None:
        super().__init__(database)
        self._order_id, self._disagrees, self._note = order_id, disagrees, note
        self._needed = False
        self.repaired = False

    def __enter__(self) -> Self:
        super().__enter__()
        if self._order_id is not None:
            self.orders.locked(self._order_id, None)
        self._needed = self._disagrees()
        return self

    def commit(self) -> None:
        """Make it last, with its line in the audit trail."""
        ended = self._needed and not self._disagrees()
        if ended:
            subject = f"order:{self._order_id}" if self._order_id is not None else "provider"
            self.note("settled with the provider", subject, self._note)
        super().commit()
        self.repaired = ended
