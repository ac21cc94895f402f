"""Checks that compare payments and refunds with their ledger entries."""

from microshop.reconciliation.check import Check, CheckName, RepairName
from microshop.reconciliation.slices import Subject

_PAYMENTS = """
SELECT payments.id AS payment_id, payments.order_id, payments.provider, payments.state, payments.currency,
       payments.captured_minor, payments.state IN ('captured', 'mismatched', 'stray') AS holds_money,
       COUNT(payment_entries.id) AS entries,
       COUNT(
           IF(
               payment_entries.kind = payments.state
               AND payment_entries.amount_minor = payments.captured_minor
               AND payment_entries.currency = payments.currency,
               1,
               NULL
           )
       ) AS agreeing
FROM payments
LEFT JOIN payment_entries ON payment_entries.payment_id = payments.id
    AND payment_entries.refund_id = 0
    AND payment_entries.kind IN ('captured', 'mismatched', 'stray')
WHERE {chosen[payments.id]}
GROUP BY payments.id
"""
_WITHOUT_ENTRY = f"""
{_PAYMENTS}
HAVING holds_money AND entries = 0
"""
_ENTRIES_DIFFER = f"""
{_PAYMENTS}
HAVING (holds_money AND entries > 0 AND (entries, agreeing) <> (1, 1)) OR (entries > 0 AND NOT holds_money)
"""
_REFUNDS = """
SELECT refunds.id AS refund_id, refunds.order_id, refunds.payment_id, refunds.state, refunds.amount_minor,
       refunds.currency, COUNT(IF(payment_entries.kind = 'refunded', 1, NULL)) AS entries,
       COUNT(
           IF(
               payment_entries.kind = 'refunded'
               AND payment_entries.payment_id = refunds.payment_id
               AND payment_entries.amount_minor = refunds.amount_minor
               AND payment_entries.currency = refunds.currency,
               1,
               NULL
           )
       ) AS agreeing,
       COUNT(IF(payment_entries.kind = 'refund_failed', 1, NULL)) AS failures
FROM refunds
LEFT JOIN payment_entries ON payment_entries.refund_id = refunds.id
    AND payment_entries.payment_id = refunds.payment_id
WHERE {chosen[refunds.id]}
GROUP BY refunds.id
HAVING (state = 'succeeded' AND (entries, agreeing) <> (1, 1))
    OR (state <> 'succeeded' AND entries > 0 AND (state <> 'failed' OR failures = 0))
"""
_REFUNDED_AMOUNTS = """
SELECT payments.id AS payment_id, payments.order_id, payments.currency, payments.captured_minor,
       payments.refunded_minor, COALESCE(SUM(IF(refunds.state = 'failed', 0, refunds.amount_minor)), 0) AS refunds_minor
FROM payments
LEFT JOIN refunds ON refunds.payment_id = payments.id
WHERE {chosen[payments.id]}
GROUP BY payments.id
HAVING payments.refunded_minor <> refunds_minor OR refunds_minor > payments.captured_minor
"""

_COMPARE = "Compare it with the provider's dashboard, and correct it with a migration that gives the reason."

PAYMENT_CHECKS = (
    Check(
        CheckName.PAYMENT_WITHOUT_LEDGER_ENTRY,
        _WITHOUT_ENTRY,
        "payment:{payment_id}",
        "Payment {payment_id} of order {order_id} is {state} with {captured_minor:amount}, but the ledger has no such "
        "entry.",
        _COMPARE,
        RepairName.ADD_LEDGER_ENTRY,
        about=Subject.PAYMENTS,
    ),
    Check(
        CheckName.PAYMENT_DIFFERS_FROM_LEDGER,
        _ENTRIES_DIFFER,
        "payment:{payment_id}",
        "Payment {payment_id} of order {order_id} is {state} with {captured_minor:amount}; of its {entries} ledger "
        "entries with money, {agreeing} agree.",
        _COMPARE,
        about=Subject.PAYMENTS,
    ),
    Check(
        CheckName.REFUND_DIFFERS_FROM_LEDGER,
        _REFUNDS,
        "refund:{refund_id}",
        "Refund {refund_id} of {amount_minor:amount} for order {order_id} is {state}; the ledger has {entries} "
        "`refunded` entries for it, {agreeing} of them with this amount, and {failures} `refund_failed` entries.",
        _COMPARE,
        about=Subject.REFUNDS,
    ),
    Check(
        CheckName.PAYMENT_REFUNDED_AMOUNT_DIFFERS_FROM_REFUNDS,
        _REFUNDED_AMOUNTS,
        "payment:{payment_id}",
        "Payment {payment_id} of order {order_id} captured {captured_minor:amount} and counts {refunded_minor:amount} "
        "as refunded or requested, but its refunds add up to {refunds_minor:amount}.",
        "Do not refund it before it is clear how much is left. " + _COMPARE,
        about=Subject.PAYMENTS,
    ),
)
