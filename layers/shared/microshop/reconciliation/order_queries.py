"""Checks that compare orders with their lines, history and events."""

from microshop.reconciliation.check import Check, CheckName
from microshop.reconciliation.slices import Subject

_SUBTOTALS = """
SELECT orders.id AS order_id, orders.currency, orders.subtotal_minor,
       COALESCE(SUM(order_lines.unit_price_minor * order_lines.quantity), 0) AS lines_minor
FROM orders
LEFT JOIN order_lines ON order_lines.order_id = orders.id
WHERE {chosen[orders.id]}
GROUP BY orders.id, orders.currency, orders.subtotal_minor
HAVING orders.subtotal_minor <> lines_minor OR COUNT(order_lines.order_id) = 0
"""
_HISTORY_LENGTHS = """
SELECT orders.id AS order_id, orders.version, COUNT(order_history.version) AS entries
FROM orders
LEFT JOIN order_history ON order_history.order_id = orders.id
WHERE {chosen[orders.id]}
GROUP BY orders.id, orders.version
HAVING orders.version <> entries
"""
_LAST_ENTRIES = """
SELECT orders.id AS order_id, orders.status, orders.payment_status, order_history.status AS recorded_status,
       order_history.payment_status AS recorded_payment_status
FROM orders
LEFT JOIN order_history ON order_history.order_id = orders.id
    AND order_history.version = orders.version
WHERE {chosen[orders.id]}
  AND (
      order_history.version IS NULL
      OR order_history.status <> orders.status
      OR order_history.payment_status <> orders.payment_status
  )
"""
_CHANGES_WITHOUT_EVENT = """
SELECT order_history.order_id, order_history.version, order_history.action, order_history.event_id
FROM orders
JOIN order_history ON order_history.order_id = orders.id
LEFT JOIN outbox ON outbox.event_id = order_history.event_id
WHERE {chosen[orders.id]}
  AND orders.updated_at >= %(events_since)s
  AND order_history.created_at >= %(events_since)s
  AND (outbox.id IS NULL OR outbox.aggregate <> CONCAT('order:', order_history.order_id))
"""
_EVENTS_WITHOUT_CHANGE = """
SELECT outbox.id AS outbox_id, outbox.event_id, outbox.type, outbox.aggregate
FROM outbox
LEFT JOIN order_history ON order_history.event_id = outbox.event_id
WHERE {chosen[outbox.id]}
  AND outbox.aggregate LIKE 'order:%%'
  AND order_history.order_id IS NULL
"""

_COMPARE = "Compare the order with its history and its mails, and correct it with a migration that gives the reason."

ORDER_CHECKS = (
    Check(
        CheckName.SUBTOTAL_DIFFERS_FROM_LINES,
        _SUBTOTALS,
        "order:{order_id}",
        "Order {order_id} has a subtotal of {subtotal_minor:amount}, but its lines add up to {lines_minor:amount}.",
        "The mails to the customer show the order's total. " + _COMPARE,
        about=Subject.ORDERS,
    ),
    Check(
        CheckName.HISTORY_LENGTH_DIFFERS_FROM_VERSION,
        _HISTORY_LENGTHS,
        "order:{order_id}",
        "Order {order_id} is at version {version}, but its history has {entries} entries.",
        "Something other than the shop changed the order. " + _COMPARE,
        about=Subject.ORDERS,
    ),
    Check(
        CheckName.ORDER_DIFFERS_FROM_LAST_HISTORY_ENTRY,
        _LAST_ENTRIES,
        "order:{order_id}",
        "Order {order_id} is {status} and {payment_status}; its history has {recorded_status} and "
        "{recorded_payment_status}.",
        "Something other than the shop changed the order. " + _COMPARE,
        about=Subject.ORDERS,
    ),
    Check(
        CheckName.ORDER_CHANGE_WITHOUT_EVENT,
        _CHANGES_WITHOUT_EVENT,
        "order:{order_id}",
        "Change {version} of order {order_id} ({action}) has no event {event_id}: no mail was sent for it.",
        "Tell the customer about the change yourself.",
        about=Subject.ORDERS,
    ),
    Check(
        CheckName.ORDER_EVENT_WITHOUT_CHANGE,
        _EVENTS_WITHOUT_CHANGE,
        "event:{event_id}",
        "Event {event_id} ({type}) is about {aggregate}, whose history does not contain it.",
        "Find out which code wrote it, and whether the customer got a wrong mail.",
        about=Subject.EVENTS,
    ),
)
