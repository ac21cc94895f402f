"""The statements of the procedure place_order_1 as single statements, for orders of one line.

Their parameters are the procedure's arguments, and `product_id`, `sku`, `name`, `price` and `quantity` of the line.
"""

LOCK_PRODUCT = "SELECT price_minor, stock FROM products WHERE id = %(product_id)s FOR UPDATE"

_LOCK_CUSTOMER = "SELECT id FROM users WHERE id = %(user_id)s FOR UPDATE"
_INSERT_ORDER = """
INSERT INTO orders (id, order_number, user_id, status, payment_status, payment_method, currency, subtotal_minor,
                    shipping_minor, tax_minor, total_minor, address, expires_at, version, created_at, updated_at)
SELECT %(order_id)s, %(order_number)s,
       IF(%(payment_status)s <> 'unpaid' OR COUNT(*) < %(max_unpaid)s, %(user_id)s, NULL),
       %(status)s, %(payment_status)s, %(payment_method)s, %(currency)s, %(subtotal_minor)s, %(shipping_minor)s,
       %(tax_minor)s, %(total_minor)s, %(address)s, %(expires_at)s, 1, %(placed_at)s, %(placed_at)s
FROM orders FORCE INDEX (orders_open_of_user)
WHERE user_id = %(user_id)s
  AND (status = 'pending' OR (status = 'confirmed' AND payment_status = 'unpaid'))
"""
_INSERT_LINE = """
INSERT INTO order_lines (order_id, product_id, position, sku, name, unit_price_minor, quantity)
VALUES (%(order_id)s, %(product_id)s, 0, %(sku)s, %(name)s, %(price)s, %(quantity)s)
"""
_INSERT_HISTORY = """
INSERT INTO order_history (order_id, version, action, status, payment_status, actor, actor_id, event_id, created_at)
VALUES (%(order_id)s, 1, 'placed', %(status)s, %(payment_status)s, %(actor)s, %(actor_id)s, %(event_id)s, %(placed_at)s)
"""
_INSERT_EVENT = """
INSERT INTO outbox (event_id, type, aggregate, detail, trace_header, created_at, next_attempt_at)
VALUES (%(event_id)s, %(event_type)s, %(event_aggregate)s, %(event_detail)s, %(trace_header)s, %(placed_at)s,
        %(placed_at)s)
"""
_INSERT_MOVEMENT = """
INSERT INTO stock_movements (product_id, kind, quantity, order_id, refund_id, user_id, reason, created_at)
VALUES (%(product_id)s, 'sold', -%(quantity)s, %(order_id)s, 0, %(user_id)s, 'order placed', %(placed_at)s)
"""
_TAKE = """
UPDATE products
SET stock = IF(archived = FALSE AND price_minor = %(price)s, stock - %(quantity)s, NULL)
WHERE id = %(product_id)s
"""
# With every order, as before the procedure.
LOW_STOCK = """
INSERT INTO outbox (event_id, type, aggregate, detail, trace_header, created_at, next_attempt_at)
SELECT UUID(), 'StockLow', CONCAT('product:', id),
       JSON_SET(%(event_detail)s, '$.data.stock', stock, '$.data.threshold', low_stock_threshold),
       %(trace_header)s, %(placed_at)s, %(placed_at)s
FROM products
WHERE id = %(product_id)s
  AND stock < low_stock_threshold
  AND stock + %(quantity)s >= low_stock_threshold
"""

ALL = (_LOCK_CUSTOMER, _INSERT_ORDER, _INSERT_LINE, _INSERT_HISTORY, _INSERT_EVENT, _INSERT_MOVEMENT, _TAKE)
# A shop without limits per customer, history, events and ledger.
LEAN = (_INSERT_ORDER, _INSERT_LINE, _TAKE)
