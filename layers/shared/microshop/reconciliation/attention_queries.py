"""All SQL that finds what should have gone on by now, and what is owed."""

from microshop.payments.providers import automatic_providers
from microshop.reconciliation.check import Check

_AUTOMATIC = ", ".join(f"'{name}'" for name in automatic_providers())

# Without a time to ask again, nobody ever asks. An attempt that waits for its customer needs none: its order expires.
_PAYMENTS_OVERDUE = f"""
SELECT payments.id AS payment_id, payments.order_id, payments.provider, payments.state, payments.checks,
       payments.next_check_at
FROM payments
WHERE payments.next_check_at < %(overdue_before)s
   OR (
       payments.next_check_at IS NULL
       AND payments.updated_at < %(overdue_before)s
       AND payments.provider IN ({_AUTOMATIC})
       AND (
           payments.state IN ('unknown', 'processing', 'abandoned')
           OR (payments.state = 'started' AND payments.reference IS NULL)
       )
   )
"""  # noqa: S608 - constants
_REFUNDS_OVERDUE = """
SELECT refunds.id AS refund_id, refunds.order_id, refunds.state, refunds.amount_minor, refunds.currency, refunds.checks,
       refunds.next_check_at
FROM refunds
WHERE refunds.next_check_at < %(overdue_before)s
   OR (
       refunds.next_check_at IS NULL
       AND refunds.state IN ('requested', 'pending')
       AND refunds.updated_at < %(overdue_before)s
   )
"""
_IN_REVIEW = """
SELECT orders.id AS order_id, orders.status, orders.updated_at, payments.id AS payment_id,
       payments.state AS payment_state
FROM orders
LEFT JOIN payments ON payments.live_order_id = orders.id
WHERE orders.payment_status = 'review'
  AND orders.updated_at < %(reviewed_before)s
"""
_LEFT = """
SELECT payments.id AS payment_id, payments.order_id, payments.provider, payments.state, payments.currency,
       payments.captured_minor - payments.refunded_minor AS left_minor, orders.status,
       (
           SELECT refunds.failure
           FROM refunds
           WHERE refunds.payment_id = payments.id
             AND refunds.state = 'failed'
           ORDER BY refunds.id DESC
           LIMIT 1
       ) AS failure
FROM payments
JOIN orders ON orders.id = payments.order_id
WHERE payments.captured_minor > payments.refunded_minor
  AND (payments.state = 'stray' OR orders.status IN ('cancelled', 'expired'))
  AND (payments.updated_at >= %(since)s OR orders.updated_at >= %(since)s)
"""

ATTENTION_CHECKS = (
    Check(
        "nobody asks what became of a payment",
        _PAYMENTS_OVERDUE,
        "payment:{payment_id}",
        "Payment {payment_id} of order {order_id} is {state}; after {checks} checks the provider was to be asked again "
        "at: {next_check_at}.",
        "Look whether the function that settles payments runs, and what it logs.",
        "overdue payment",
    ),
    Check(
        "nobody asks what became of a refund",
        _REFUNDS_OVERDUE,
        "refund:{refund_id}",
        "Refund {refund_id} of {amount} for order {order_id} is {state}; after {checks} checks the provider was to be "
        "asked again at: {next_check_at}.",
        "Look whether the function that settles payments runs, and what it logs.",
        "overdue refund",
    ),
    Check(
        "an order is in review for more than a day",
        _IN_REVIEW,
        "order:{order_id}",
        "Order {order_id} is {status} and in review since {updated_at}; its payment {payment_id} is {payment_state}.",
        "Look at the payment in the provider's dashboard; where the money cannot stay, cancel the order, which "
        "gives it back.",
    ),
    Check(
        "money is left that should go back, and no refund is on its way",
        f"{_LEFT}  AND payments.provider IN ({_AUTOMATIC})",
        "payment:{payment_id}",
        "Payment {payment_id} of order {order_id}, which is {status}, is {state} and has {left} left; the last "
        "refund failed for this reason: {failure}.",
        "Refund it anew, or in the provider's dashboard; if the customer's bank refuses that, in another way.",
    ),
)
# Money that came by hand goes back by hand: no disagreement, but somebody has to do it.
OWED = Check(
    "money is owed that goes back by hand",
    f"{_LEFT}  AND payments.provider NOT IN ({_AUTOMATIC})",
    "order:{order_id}",
    "Order {order_id} is {status}, and {left} of its payment {payment_id} ({provider}) are to be given back by hand.",
    "Give the money back, then record it as a refund of the order.",
)
