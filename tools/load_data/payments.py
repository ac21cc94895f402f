"""Statements that insert the payments of a batch of orders, with refunds, disputes and ledger entries."""

from tools.load_data.batch import COURSE_TABLE, after
from tools.load_data.sql import constants

_OF_ORDERS = f"""
FROM load_data_orders
JOIN {COURSE_TABLE} AS courses ON courses.course = load_data_orders.course
JOIN orders ON orders.id = load_data_orders.id
"""
_OF_PAYMENTS = f"""
{_OF_ORDERS}
JOIN payments ON payments.order_id = orders.id
"""
_PAID_AT, _REFUNDED_AT = after("courses.paid_after"), after("courses.refunded_after")
_DISPUTED_AT, _CLOSED_AT = after("courses.disputed_after"), after("courses.closed_after")
_PAYMENTS = f"""
INSERT INTO payments (order_id, attempt, provider, reference, state, amount_minor, currency, captured_minor,
                      refunded_minor, dispute_status, created_at, updated_at)
SELECT orders.id, 1, IF(orders.payment_method = 'card', %(card_provider)s, 'cash_on_delivery'),
       orders.payment_reference, 'captured', orders.total_minor, orders.currency, orders.total_minor,
       orders.refunded_minor, orders.dispute_status, {_PAID_AT},
       COALESCE({_CLOSED_AT}, {_DISPUTED_AT}, {_REFUNDED_AT}, {_PAID_AT})
{_OF_ORDERS}
WHERE courses.paid_after IS NOT NULL
ORDER BY orders.id
"""
_REFUNDS = f"""
INSERT INTO refunds (payment_id, order_id, number, state, amount_minor, currency, cause, reason, reference, created_at,
                     updated_at)
SELECT payments.id, orders.id, 1, 'succeeded', orders.refunded_minor, orders.currency,
       IF(courses.refunded = 'fully', 'cancelled', 'requested'), 'damaged', CONCAT('order-', orders.id, '-refund-1'),
       {_REFUNDED_AT}, {_REFUNDED_AT}
{_OF_PAYMENTS}
WHERE courses.refunded <> ''
ORDER BY orders.id
"""
_DISPUTES = f"""
INSERT INTO disputes (payment_id, order_id, provider, reference, status, reason, amount_minor, currency, respond_by,
                      opened_at, closed_at, as_of)
SELECT payments.id, orders.id, payments.provider, CONCAT('dispute-', orders.id), courses.dispute,
       'product_not_received', orders.total_minor, orders.currency, {_DISPUTED_AT} + INTERVAL 14 DAY, {_DISPUTED_AT},
       {_CLOSED_AT}, COALESCE({_CLOSED_AT}, {_DISPUTED_AT})
{_OF_PAYMENTS}
WHERE courses.dispute IS NOT NULL
ORDER BY orders.id
"""
_CAPTURES = f"""
INSERT INTO payment_entries (payment_id, kind, amount_minor, currency, reference, created_at)
SELECT payments.id, 'captured', payments.captured_minor, payments.currency, COALESCE(payments.reference, ''),
       payments.created_at
{_OF_PAYMENTS}
ORDER BY orders.id
"""
_REFUND_ENTRIES = f"""
INSERT INTO payment_entries (payment_id, refund_id, kind, amount_minor, currency, reference, reason, created_at)
SELECT refunds.payment_id, refunds.id, kinds.kind, refunds.amount_minor, refunds.currency,
       IF(kinds.kind = 'refunded', refunds.reference, ''), IF(kinds.kind = 'refunded', NULL, refunds.reason),
       refunds.created_at
FROM load_data_orders
JOIN refunds ON refunds.order_id = load_data_orders.id
JOIN {constants(("kind",), (("refund_requested",), ("refunded",)))} AS kinds
"""
_DISPUTE_ENTRIES = f"""
INSERT INTO payment_entries (payment_id, dispute_id, kind, amount_minor, currency, reference, reason, created_at)
SELECT disputes.payment_id, disputes.id, kinds.kind, disputes.amount_minor, disputes.currency, disputes.reference,
       disputes.reason, IF(kinds.kind = 'disputed', disputes.opened_at, disputes.closed_at)
FROM load_data_orders
JOIN disputes ON disputes.order_id = load_data_orders.id
JOIN {constants(("kind",), (("disputed",), ("dispute_closed",)))} AS kinds
    ON kinds.kind = 'disputed' OR disputes.closed_at IS NOT NULL
"""
PAYMENTS = (_PAYMENTS, _REFUNDS, _DISPUTES, _CAPTURES, _REFUND_ENTRIES, _DISPUTE_ENTRIES)
