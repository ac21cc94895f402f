"""SQL that reads the rows of exports."""

from collections.abc import Mapping

from microshop.exports.period import Kind, Period, Progress
from microshop.orders.numbers import end_order_id, first_order_id
from microshop.platform.mysql import Database, Row

# Pages are ordered by id, because ids grow from millisecond to millisecond. Within one millisecond, `created_at` need
# not grow with the id.
_ORDERS = """
SELECT id, order_number, created_at, updated_at, status, payment_status, payment_method, currency, subtotal_minor,
       shipping_minor, tax_minor, total_minor, captured_minor, refunded_minor, user_id, dispute_status,
       (SELECT SUM(quantity) FROM order_lines WHERE order_lines.order_id = orders.id) AS items
FROM orders FORCE INDEX (PRIMARY)
WHERE id > %(after_id)s
  AND id >= %(first_id)s
  AND id < %(end_id)s
  AND created_at >= %(start)s
  AND created_at < %(until)s
ORDER BY id
LIMIT %(limit)s
"""
# The entries that move money: captures (also unexpected ones), refunds, and refunds that fail after they had succeeded.
# A dispute withdraws funds and may reinstate them, both with a fee. No other entry moves money. See
# migrations/0030_add_dispute_entries.sql.
_MOVEMENTS = """
SELECT STRAIGHT_JOIN payment_entries.id, payment_entries.created_at, payment_entries.kind,
       payment_entries.amount_minor, payment_entries.currency, payment_entries.payment_id, orders.order_number,
       payments.order_id, payments.attempt, payments.provider, refunds.cause,
       COALESCE(
           NULLIF(payment_entries.reference, ''),
           IF(payment_entries.refund_id = 0, payments.reference, refunds.reference)
       ) AS reference,
       COALESCE(payment_entries.reason, refunds.reason) AS reason
FROM payment_entries FORCE INDEX (payment_entries_by_time)
JOIN payments ON payments.id = payment_entries.payment_id
JOIN orders ON orders.id = payments.order_id
LEFT JOIN refunds ON refunds.id = payment_entries.refund_id
WHERE payment_entries.created_at >= %(after_at)s
  AND (payment_entries.created_at > %(after_at)s OR payment_entries.id > %(after_id)s)
  AND payment_entries.created_at < %(until)s
  AND (
      payment_entries.kind IN ('captured', 'mismatched', 'stray', 'refunded', 'dispute_withdrawn', 'dispute_reinstated',
                               'dispute_fee', 'dispute_fee_returned')
      OR (payment_entries.kind = 'refund_failed' AND EXISTS (
          SELECT 1
          FROM payment_entries AS earlier
          WHERE earlier.payment_id = payment_entries.payment_id
            AND earlier.refund_id = payment_entries.refund_id
            AND earlier.kind = 'refunded'
      ))
  )
ORDER BY payment_entries.created_at, payment_entries.id
LIMIT %(limit)s
"""
_ENTRIES = """
SELECT id, at AS created_at, user_id, key_id, action, entity, entity_id, changes, request_id
FROM audit_log FORCE INDEX (audit_log_at)
WHERE at >= %(after_at)s
  AND (at > %(after_at)s OR id > %(after_id)s)
  AND at < %(until)s
ORDER BY at, id
LIMIT %(limit)s
"""
_BY_TIME: Mapping[Kind, str] = {"payments": _MOVEMENTS, "audit-log": _ENTRIES}


class ExportQueries:
    """Reads the rows of exports, oldest first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, period: Period, progress: Progress, limit: int) -> list[Row]:
        """Returns at most `limit` rows after the exported ones. Each has `id` and `created_at`."""
        after = progress.after
        if period.kind in _BY_TIME:
            values = {"after_at": after.at, "after_id": after.id, "until": progress.until, "limit": limit}
            return self._database.rows(_BY_TIME[period.kind], values)
        return self._database.rows(
            _ORDERS,
            {
                "after_id": after.id,
                "first_id": first_order_id(period.start),
                "end_id": end_order_id(progress.until),
                "start": period.start,
                "until": progress.until,
                "limit": limit,
            },
        )
