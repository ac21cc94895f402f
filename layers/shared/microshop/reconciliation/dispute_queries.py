"""Checks that compare disputes with their orders, payments and ledger entries."""

from microshop.reconciliation.check import Check, CheckName
from microshop.reconciliation.slices import Changes, Subject

# The most serious status first, as in orders/dispute_status.py.
_EXPECTED = """ELT(
    MIN(FIELD(disputes.status, 'open', 'lost', 'inquiry', 'won', 'closed')), 'open', 'lost', 'inquiry', 'won', 'closed'
)"""
_ORDER_STATUS_DIFFERS = f"""
SELECT disputes.order_id, orders.dispute_status, {_EXPECTED} AS expected_status
FROM disputes
JOIN orders ON orders.id = disputes.order_id
WHERE {{chosen[disputes.order_id]}}
GROUP BY disputes.order_id, orders.dispute_status
HAVING NOT (dispute_status <=> expected_status)
"""  # noqa: S608 - constants
_PAYMENT_STATUS_DIFFERS = f"""
SELECT disputes.payment_id, payments.order_id, payments.dispute_status, {_EXPECTED} AS expected_status
FROM disputes
JOIN payments ON payments.id = disputes.payment_id
WHERE {{chosen[disputes.payment_id]}}
GROUP BY disputes.payment_id, payments.order_id, payments.dispute_status
HAVING NOT (dispute_status <=> expected_status)
"""  # noqa: S608
# Joins by the reference: entries older than the table of disputes have no dispute_id.
_WITHOUT_ENTRY = """
SELECT disputes.id AS dispute_id, disputes.payment_id, disputes.reference, disputes.order_id, disputes.status
FROM disputes
LEFT JOIN payment_entries ON payment_entries.payment_id = disputes.payment_id
    AND payment_entries.refund_id = 0
    AND payment_entries.kind = IF(disputes.closed_at IS NULL, 'disputed', 'dispute_closed')
    AND payment_entries.reference = disputes.reference
WHERE {chosen[disputes.payment_id]}
  AND payment_entries.id IS NULL
"""
# A provider reinstates the funds with its decision or some days later.
_NOT_REINSTATED = """
SELECT disputes.id AS dispute_id, disputes.reference, disputes.order_id, disputes.closed_at
FROM disputes
JOIN payment_entries ON payment_entries.payment_id = disputes.payment_id
    AND payment_entries.dispute_id = disputes.id
    AND payment_entries.kind IN ('dispute_withdrawn', 'dispute_reinstated')
WHERE disputes.status = 'won'
  AND disputes.closed_at < %(reviewed_before)s - INTERVAL 13 DAY
GROUP BY disputes.id
HAVING SUM(payment_entries.kind = 'dispute_withdrawn') > SUM(payment_entries.kind = 'dispute_reinstated')
"""

_COMPARE = (
    "Compare the provider's dashboard with the order's history, and correct it with a migration that gives the reason."
)

DISPUTE_CHECKS = (
    Check(
        CheckName.ORDER_DIFFERS_FROM_DISPUTES,
        _ORDER_STATUS_DIFFERS,
        "order:{order_id}",
        "Order {order_id} has the dispute status {dispute_status}, but its disputes require {expected_status}.",
        "Do not ship or refund it until this is corrected. " + _COMPARE,
        about=Subject.ORDERS,
        changes=(Changes.ORDERS, Changes.PAYMENTS),
    ),
    Check(
        CheckName.PAYMENT_DIFFERS_FROM_DISPUTES,
        _PAYMENT_STATUS_DIFFERS,
        "payment:{payment_id}",
        "Payment {payment_id} of order {order_id} has the dispute status {dispute_status}, but its disputes require "
        "{expected_status}.",
        "Do not ship or refund the order until this is corrected. " + _COMPARE,
        about=Subject.PAYMENTS,
    ),
    Check(
        CheckName.DISPUTE_WITHOUT_LEDGER_ENTRY,
        _WITHOUT_ENTRY,
        "dispute:{dispute_id}",
        "Dispute {dispute_id} ({reference}) of order {order_id} is {status}, but the ledger has no entry for that.",
        _COMPARE,
        about=Subject.PAYMENTS,
    ),
)
DISPUTED_FUNDS_OVERDUE = Check(
    CheckName.DISPUTED_FUNDS_NOT_REINSTATED,
    _NOT_REINSTATED,
    "dispute:{dispute_id}",
    "Dispute {dispute_id} ({reference}) of order {order_id} was won at {closed_at}, but its funds are not reinstated.",
    "Contact the provider's support, and name the dispute's reference.",
)
