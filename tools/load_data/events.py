"""Statements that insert the events of loaded orders, as published and handled, as far back as the shop keeps them."""

from collections.abc import Collection, Mapping

from tools.load_data.sql import constants

# The actions of steps that may be newer than the retention of events (see Course) → the type of their event.
EVENT_TYPES = {
    "placed": "OrderCreated",
    "confirmed": "OrderConfirmed",
    "shipped": "OrderShipped",
    "delivered": "OrderDelivered",
    "cancelled": "OrderCancelled",
    "expired": "OrderExpired",
}
_AS_TEXT = "DATE_FORMAT({}, '%%Y-%%m-%%dT%%H:%%i:%%s.%%f+00:00')"
# The fields of orders/events.py. Built as text: in MariaDB, JSON from a derived table becomes a string within JSON.
_DETAIL = f"""CONCAT(
    '{{"id": "', history.event_id, '", "version": 1, "time": "', {_AS_TEXT.format("history.created_at")},
    '", "trace": null, "data": {{"order_id": ', orders.id, ', "order_number": "', orders.order_number,
    '", "order_version": ', history.version, ', "user_id": ', orders.user_id, ', "status": "', history.status,
    '", "payment_status": "', history.payment_status, '", "total_minor": ', orders.total_minor, ', "currency": "',
    orders.currency, '", "lines": [', bought.details, ']',
    CASE history.action
        WHEN 'placed' THEN CONCAT(
            ', "product_id": ', IF(bought.amount = 1, bought.product_id, 'null'), ', "quantity": ',
            IF(bought.amount = 1, bought.quantity, 'null'), ', "payment_method": "', orders.payment_method,
            '", "created_at": "', {_AS_TEXT.format("orders.created_at")}, '"'
        )
        WHEN 'shipped' THEN CONCAT(
            ', "carrier": "', orders.carrier, '", "tracking_number": "', orders.tracking_number, '"'
        )
        WHEN 'cancelled' THEN CONCAT(
            ', "previous_status": "pending", "restocked": [', bought.units, '], "dispute_status": null'
        )
        ELSE ''
    END,
    '}}}}'
)"""
_RECENT_HISTORY = """
FROM load_data_orders
JOIN order_history AS history ON history.order_id = load_data_orders.id
"""
OUTBOX = f"""
INSERT INTO outbox (event_id, type, aggregate, detail, attempts, created_at, next_attempt_at, published_at)
SELECT history.event_id, types.type, CONCAT('order:', orders.id), {_DETAIL}, 1, history.created_at, history.created_at,
       history.created_at + INTERVAL 1 SECOND
{_RECENT_HISTORY}
JOIN orders ON orders.id = load_data_orders.id
JOIN {constants(("action", "type"), EVENT_TYPES.items())} AS types ON types.action = history.action
JOIN (
    SELECT order_id, COUNT(*) AS amount, MIN(product_id) AS product_id, MIN(quantity) AS quantity,
           GROUP_CONCAT(
               JSON_OBJECT('product_id', product_id, 'name', name, 'unit_price_minor', unit_price_minor,
                           'quantity', quantity)
               ORDER BY position
           ) AS details,
           GROUP_CONCAT(JSON_OBJECT('product_id', product_id, 'quantity', quantity) ORDER BY position) AS units
    FROM load_data_lines
    GROUP BY order_id
) AS bought ON bought.order_id = load_data_orders.id
WHERE history.created_at >= %(events_since)s
ORDER BY history.created_at
"""


def inbox(inboxes: Mapping[str, Collection[str]]) -> str:
    """Returns the statement for these consumers with an inbox, each with the types of the events that it handles."""
    handled = [
        (consumer, action)
        for consumer, types in inboxes.items()
        for action, event_type in EVENT_TYPES.items()
        if event_type in types
    ]
    return f"""
INSERT INTO inbox (consumer, event_id, claimed_until, done_at)
SELECT handled.consumer, history.event_id, history.created_at + INTERVAL 60 SECOND,
       history.created_at + INTERVAL 2 SECOND
{_RECENT_HISTORY}
JOIN {constants(("consumer", "action"), handled)} AS handled ON handled.action = history.action
WHERE history.created_at >= %(events_since)s
ORDER BY handled.consumer, history.event_id
"""
