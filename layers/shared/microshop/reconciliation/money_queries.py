"""All SQL that compares what orders say of their money with their payments."""

from microshop.reconciliation.check import Check

# The order's own payment is the one that holds money; money that strayed was never the order's.
_ORDERS_AND_MONEY = """
SELECT orders.id AS order_id, orders.status, orders.payment_status, orders.currency, orders.total_minor,
       orders.captured_minor, orders.refunded_minor, own.id AS payment_id, own.state AS payment_state, own.provider,
       COALESCE(own.captured_minor, 0) AS held_minor,
       (
           SELECT COALESCE(SUM(refunds.amount_minor), 0)
           FROM refunds
           WHERE refunds.payment_id = own.id
             AND refunds.state = 'succeeded'
       ) AS returned_minor
FROM orders
LEFT JOIN payments AS own ON own.live_order_id = orders.id
    AND own.state IN ('captured', 'mismatched')
"""
_UNAWARE = f"""
{_ORDERS_AND_MONEY}
WHERE own.updated_at >= %(since)s
  AND (
      orders.payment_status IN ('unpaid', 'processing')
      OR (own.state = 'captured' AND (orders.payment_status = 'review' OR orders.status = 'pending'))
  )
"""
_PAID_WITHOUT_PAYMENT = f"""
{_ORDERS_AND_MONEY}
WHERE orders.updated_at >= %(since)s
  AND orders.payment_status IN ('paid', 'partially_refunded', 'refunded')
  AND own.id IS NULL
"""
_OTHER_CAPTURED = f"""
{_ORDERS_AND_MONEY}
WHERE orders.updated_at >= %(since)s
  AND (
      (own.id IS NULL AND orders.payment_status = 'review' AND orders.captured_minor <> 0)
      OR (
          own.id IS NOT NULL
          AND orders.payment_status NOT IN ('unpaid', 'processing')
          AND NOT (own.state = 'captured' AND orders.payment_status = 'review')
          AND (
              orders.captured_minor <> own.captured_minor
              OR (own.state = 'captured' AND own.captured_minor <> orders.total_minor)
          )
      )
  )
"""
_OTHER_REFUNDED = f"""
{_ORDERS_AND_MONEY}
WHERE orders.updated_at >= %(since)s
  AND own.id IS NOT NULL
HAVING refunded_minor <> returned_minor
"""
_WAITS_FOR_NOTHING = """
SELECT orders.id AS order_id, orders.payment_status, orders.updated_at
FROM orders
LEFT JOIN payments ON payments.live_order_id = orders.id
    AND payments.state IN ('unknown', 'processing', 'mismatched', 'captured')
WHERE orders.status = 'pending'
  AND orders.payment_status IN ('processing', 'review')
  AND payments.id IS NULL
"""
_EXPIRED_THOUGH_PAID = """
SELECT orders.id AS order_id, orders.currency, orders.captured_minor, order_history.created_at AS expired_at,
       payment_entries.created_at AS paid_at
FROM orders
JOIN order_history ON order_history.order_id = orders.id
    AND order_history.action = 'expired'
JOIN payments ON payments.live_order_id = orders.id
    AND payments.state IN ('captured', 'mismatched')
JOIN payment_entries ON payment_entries.payment_id = payments.id
    AND payment_entries.kind = payments.state
    AND payment_entries.created_at < order_history.created_at - INTERVAL 1 SECOND
WHERE orders.updated_at >= %(since)s
  AND orders.status = 'expired'
"""

_LOOK = "Compare the order's history with its payment, and correct it by hand with a migration that says why."

MONEY_CHECKS = (
    Check(
        "a payment holds money of which its order does not know",
        _UNAWARE,
        "order:{order_id}",
        "Payment {payment_id} is {payment_state} with {held}, but order {order_id} is {status} and {payment_status}.",
        "The order has gone too far to be paid now: " + _LOOK,
        "unaware order",
    ),
    Check(
        "an order is paid without a payment",
        _PAID_WITHOUT_PAYMENT,
        "order:{order_id}",
        "Order {order_id} is {status} and {payment_status}, but no payment of it holds money.",
        "Do not send it before it is clear who was paid. " + _LOOK,
        "payment by hand",
    ),
    Check(
        "an order counts other money as captured than its payment holds",
        _OTHER_CAPTURED,
        "order:{order_id}",
        "Order {order_id} over {total} counts {captured} as captured; its payment {payment_id} holds {held}.",
        _LOOK,
    ),
    Check(
        "an order counts other money as refunded than was refunded",
        _OTHER_REFUNDED,
        "order:{order_id}",
        "Order {order_id} counts {refunded} as refunded; the refunds of its payment {payment_id} that succeeded add up "
        "to {returned}.",
        _LOOK,
    ),
    Check(
        "an order waits for money that no payment brings",
        _WAITS_FOR_NOTHING,
        "order:{order_id}",
        "Order {order_id} is pending and {payment_status} since {updated_at}, but no attempt to pay it is under way.",
        "Look for the payment at the provider; if there is none, cancel the order or have it paid anew.",
    ),
    Check(
        "an order expired although it was paid",
        _EXPIRED_THOUGH_PAID,
        "order:{order_id}",
        "Order {order_id} expired at {expired_at}, after {captured} had arrived for it at {paid_at}.",
        "See to it that the refund succeeds, and ask the customer whether to send the goods anew.",
    ),
)
