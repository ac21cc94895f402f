"""Checks that compare the amounts and the payment status of orders with their payments."""

from microshop.reconciliation.check import Check, CheckName, RepairName
from microshop.reconciliation.slices import Changes, Subject

# `own` is the order's payment that holds money. A stray payment, and money in another currency, do not count for the
# order.
_ORDERS_AND_MONEY = """
SELECT orders.id AS order_id, orders.status, orders.payment_status, orders.currency, orders.total_minor,
       orders.captured_minor, orders.refunded_minor, own.id AS payment_id, own.state AS payment_state, own.provider,
       IF(own.currency = orders.currency, own.captured_minor, 0) AS held_minor,
       (
           SELECT COALESCE(SUM(refunds.amount_minor), 0)
           FROM refunds
           WHERE refunds.payment_id = own.id
             AND refunds.state = 'succeeded'
             AND refunds.currency = orders.currency
       ) AS returned_minor
FROM orders
LEFT JOIN payments AS own ON own.live_order_id = orders.id
    AND own.state IN ('captured', 'mismatched')
"""
# Excludes old orders: until migration 0032, money in another currency counted as the order's. If all of it was
# refunded, it still does.
_COUNTS_OWN_CURRENCY = """NOT (
    own.currency <> orders.currency
    AND orders.payment_status = 'refunded'
    AND orders.captured_minor = own.captured_minor
    AND orders.refunded_minor = own.captured_minor
)"""
_NOT_APPLIED = f"""
{_ORDERS_AND_MONEY}
WHERE {{chosen[orders.id]}}
  AND (
      (
          orders.payment_status IN ('unpaid', 'processing')
          AND own.captured_minor > 0
          -- money in another currency does not count for the order, and was refunded in full
          AND NOT (own.currency <> orders.currency AND own.refunded_minor = own.captured_minor)
      )
      OR (own.state = 'captured' AND (orders.payment_status = 'review' OR orders.status = 'pending'))
  )
"""
_PAID_WITHOUT_PAYMENT = f"""
{_ORDERS_AND_MONEY}
WHERE {{chosen[orders.id]}}
  AND orders.payment_status IN ('paid', 'partially_refunded', 'refunded')
  AND own.id IS NULL
"""
_CAPTURED_AMOUNT_DIFFERS = f"""
{_ORDERS_AND_MONEY}
WHERE {{chosen[orders.id]}}
  AND (
      (own.id IS NULL AND orders.payment_status = 'review' AND orders.captured_minor <> 0)
      OR (
          own.id IS NOT NULL
          AND orders.payment_status NOT IN ('unpaid', 'processing')
          AND NOT (own.state = 'captured' AND orders.payment_status = 'review')
          AND {_COUNTS_OWN_CURRENCY}
          AND (
              orders.captured_minor <> IF(own.currency = orders.currency, own.captured_minor, 0)
              OR (own.state = 'captured' AND own.captured_minor <> orders.total_minor)
          )
      )
  )
"""
_REFUNDED_AMOUNT_DIFFERS = f"""
{_ORDERS_AND_MONEY}
WHERE {{chosen[orders.id]}}
  AND own.id IS NOT NULL
  AND {_COUNTS_OWN_CURRENCY}
HAVING refunded_minor <> returned_minor
"""
_WITHOUT_ATTEMPT = """
SELECT orders.id AS order_id, orders.payment_status, orders.updated_at
FROM orders
LEFT JOIN payments ON payments.live_order_id = orders.id
    AND payments.state IN ('unknown', 'processing', 'mismatched', 'captured')
WHERE orders.status = 'pending'
  AND orders.payment_status IN ('processing', 'review')
  AND payments.id IS NULL
"""
_PAID_BUT_EXPIRED = """
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
WHERE {chosen[orders.id]}
  AND orders.status = 'expired'
"""

_COMPARE = "Compare the order's history with its payment, and correct it with a migration that gives the reason."

MONEY_CHECKS = (
    Check(
        CheckName.CAPTURED_PAYMENT_NOT_APPLIED_TO_ORDER,
        _NOT_APPLIED,
        "order:{order_id}",
        "Payment {payment_id} is {payment_state} with {held_minor:amount}, but order {order_id} is {status} and "
        "{payment_status}.",
        "The order can no longer be paid: " + _COMPARE,
        RepairName.APPLY_CAPTURE_TO_ORDER,
        about=Subject.ORDERS,
        changes=(Changes.PAYMENTS,),
    ),
    Check(
        CheckName.PAID_ORDER_WITHOUT_PAYMENT,
        _PAID_WITHOUT_PAYMENT,
        "order:{order_id}",
        "Order {order_id} is {status} and {payment_status}, but none of its payments holds money.",
        "Do not ship it before it is clear whether it was paid. " + _COMPARE,
        RepairName.ENTER_MANUAL_PAYMENT,
        about=Subject.ORDERS,
    ),
    Check(
        CheckName.ORDER_CAPTURED_AMOUNT_DIFFERS_FROM_PAYMENT,
        _CAPTURED_AMOUNT_DIFFERS,
        "order:{order_id}",
        "Order {order_id} over {total_minor:amount} counts {captured_minor:amount} as captured; "
        "its payment {payment_id} holds {held_minor:amount}.",
        _COMPARE,
        about=Subject.ORDERS,
    ),
    Check(
        CheckName.ORDER_REFUNDED_AMOUNT_DIFFERS_FROM_REFUNDS,
        _REFUNDED_AMOUNT_DIFFERS,
        "order:{order_id}",
        "Order {order_id} counts {refunded_minor:amount} as refunded; the succeeded refunds of its payment "
        "{payment_id} add up to {returned_minor:amount}.",
        _COMPARE,
        about=Subject.ORDERS,
    ),
    Check(
        CheckName.PENDING_ORDER_WITHOUT_PAYMENT_ATTEMPT,
        _WITHOUT_ATTEMPT,
        "order:{order_id}",
        "Order {order_id} has been pending and {payment_status} since {updated_at}, but no attempt to pay is in "
        "progress.",
        "Look for the payment in the provider's dashboard; if there is none, cancel the order or let the customer pay "
        "again.",
    ),
    Check(
        CheckName.PAID_ORDER_EXPIRED,
        _PAID_BUT_EXPIRED,
        "order:{order_id}",
        "Order {order_id} expired at {expired_at}, after {captured_minor:amount} was captured for it at {paid_at}.",
        "Make sure that the refund succeeds, and ask the customer whether to place the order again.",
        about=Subject.ORDERS,
    ),
)
