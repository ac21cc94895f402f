"""Statements that insert the orders of a batch, with their lines, history and stock movements."""

from tools.load_data.batch import COURSE_TABLE, STEP_TABLE, after
from tools.load_data.sql import constants, fraction, one_of
from tools.load_data.words import CITIES, POSTAL_CODES, REGIONS, STREETS

# The terms of template.yaml: shipping for 4.90, free from 50.00, and 20 % of tax in the total. Numbers of orders are in
# Crockford's base 32, as in orders/numbers.py, and scattered by an odd factor.
_FREE_SHIPPING_FROM, _SHIPPING, _FACTOR = 5000, 490, 680_132_443_675
_NUMBER = f"LPAD(CONV(MOD(load_data_orders.number * {_FACTOR}, 1 << 40), 10, 32), 8, '0')"
for _missing, _used in zip("ILOU", "WXYZ", strict=True):
    _NUMBER = f"REPLACE({_NUMBER}, '{_missing}', '{_used}')"
_PLACE = fraction("a", 4)
_ORDERS = f"""
INSERT INTO orders (id, order_number, user_id, status, payment_status, payment_method, payment_reference, currency,
                    subtotal_minor, shipping_minor, tax_minor, total_minor, captured_minor, refunded_minor, address,
                    carrier, tracking_number, expires_at, dispute_status, version, created_at, updated_at)
SELECT id, CONCAT('MS-', LEFT(letters, 4), '-', RIGHT(letters, 4)), user_id, status, payment_status, payment_method,
       IF(payment_method = 'card' AND paid_after IS NOT NULL, CONCAT('bank transfer ', id), NULL),
       %(currency)s, subtotal, total - subtotal, ROUND(total / 6), total,
       IF(paid_after IS NULL, 0, total),
       CASE refunded WHEN 'partly' THEN FLOOR(total / 3) WHEN 'fully' THEN total ELSE 0 END,
       JSON_OBJECT('recipient', username, 'street', CONCAT(1 + MOD(number, 200), ' ', {one_of(STREETS, _PLACE)}),
                   'city', {one_of(CITIES, _PLACE)}, 'region', {one_of(REGIONS, _PLACE)},
                   'postal_code', {one_of(POSTAL_CODES, _PLACE)}, 'country', 'US'),
       IF(shipped, 'DHL', NULL),
       IF(shipped, CONCAT('JD', id), NULL),
       IF(status = 'pending', placed_at + INTERVAL 1 YEAR, NULL),
       dispute, version, placed_at, ended_at
FROM (
    SELECT load_data_orders.*, courses.payment_method, courses.status, courses.payment_status, courses.paid_after,
           courses.refunded, courses.shipped, courses.dispute, courses.version,
           {after("courses.ends_after")} AS ended_at,
           users.username, {_NUMBER} AS letters, sums.subtotal,
           sums.subtotal + IF(sums.subtotal >= {_FREE_SHIPPING_FROM}, 0, {_SHIPPING}) AS total
    FROM load_data_orders
    JOIN {COURSE_TABLE} AS courses ON courses.course = load_data_orders.course
    JOIN (
        SELECT order_id, SUM(unit_price_minor * quantity) AS subtotal
        FROM load_data_lines
        GROUP BY order_id
    ) AS sums ON sums.order_id = load_data_orders.id
    JOIN users ON users.id = load_data_orders.user_id
) AS computed
ORDER BY id
"""
_LINES = f"""
INSERT INTO order_lines (order_id, product_id, position, sku, name, unit_price_minor, quantity, returned)
SELECT load_data_lines.order_id, load_data_lines.product_id, load_data_lines.position, load_data_lines.sku,
       load_data_lines.name, load_data_lines.unit_price_minor, load_data_lines.quantity,
       IF(courses.restocked, load_data_lines.quantity, 0)
FROM load_data_lines
JOIN load_data_orders ON load_data_orders.id = load_data_lines.order_id
JOIN {COURSE_TABLE} AS courses ON courses.course = load_data_orders.course
ORDER BY load_data_lines.order_id, load_data_lines.product_id
"""
# The beginning grows with the time of the order: a random key would be inserted all over a large index.
_EVENT_ID = """LOWER(CONCAT_WS(
           '-', LPAD(HEX(load_data_orders.id DIV 65536), 8, '0'), LPAD(HEX(MOD(load_data_orders.id, 65536)), 4, '0'),
           LPAD(steps.version, 4, '0'), SUBSTR(load_data_orders.a, 1, 4), SUBSTR(load_data_orders.b, 1, 12)
       ))"""
_HISTORY = f"""
INSERT INTO order_history (order_id, version, action, status, payment_status, actor, actor_id, note, event_id,
                           created_at)
SELECT load_data_orders.id, steps.version, steps.action, steps.status, steps.payment_status, steps.actor,
       IF(steps.actor = 'customer', load_data_orders.user_id, NULL), steps.note, {_EVENT_ID},
       {after("steps.after_seconds")}
FROM load_data_orders
JOIN {STEP_TABLE} AS steps ON steps.course = load_data_orders.course
ORDER BY load_data_orders.id, steps.version
"""
_MOVEMENTS = f"""
INSERT INTO stock_movements (product_id, kind, quantity, order_id, user_id, reason, created_at)
SELECT load_data_lines.product_id, kinds.kind, kinds.sign * load_data_lines.quantity, load_data_orders.id,
       IF(kinds.kind = 'sold', load_data_orders.user_id, NULL),
       IF(kinds.kind = 'sold', 'order placed', CONCAT('order ', courses.status)),
       IF(kinds.kind = 'sold', load_data_orders.placed_at, {after("courses.ends_after")})
FROM load_data_orders
JOIN {COURSE_TABLE} AS courses ON courses.course = load_data_orders.course
JOIN load_data_lines ON load_data_lines.order_id = load_data_orders.id
JOIN {constants(("kind", "sign"), (("sold", -1), ("returned", 1), ("written_off", -1)))} AS kinds
    ON kinds.kind = 'sold'
    OR (kinds.kind = 'returned' AND courses.restocked)
    OR (kinds.kind = 'written_off' AND courses.written_off)
ORDER BY load_data_orders.id, load_data_lines.product_id
"""
ORDERS = (_ORDERS, _LINES, _HISTORY, _MOVEMENTS)
