"""Checks that compare stock, stock movements and the lines of orders."""

from microshop.reconciliation.check import Check, CheckName, RepairName
from microshop.reconciliation.slices import Changes, Subject

# A sum for each product, because a table of sums would be sorted first, with all movements of the slice.
_STOCK_AND_LEDGER = """
SELECT products.id AS product_id, products.sku, products.stock,
       (
           SELECT COALESCE(SUM(stock_movements.quantity), 0)
           FROM stock_movements
           WHERE stock_movements.product_id = products.id
       ) AS ledger
FROM products
WHERE {chosen[products.id]}
HAVING stock <> ledger
"""
_SOLD_AND_LINES = """
SELECT order_lines.order_id, order_lines.product_id, order_lines.sku, order_lines.quantity,
       COALESCE(-stock_movements.quantity, 0) AS taken
FROM orders
JOIN order_lines ON order_lines.order_id = orders.id
LEFT JOIN stock_movements ON stock_movements.order_id = order_lines.order_id
    AND stock_movements.product_id = order_lines.product_id
    AND stock_movements.kind = 'sold'
WHERE {chosen[orders.id]}
  AND order_lines.quantity <> COALESCE(-stock_movements.quantity, 0)
"""
_MOVED_WITHOUT_LINE = """
SELECT stock_movements.id AS movement_id, stock_movements.order_id, stock_movements.product_id, stock_movements.kind,
       stock_movements.quantity
FROM stock_movements
LEFT JOIN order_lines ON order_lines.order_id = stock_movements.order_id
    AND order_lines.product_id = stock_movements.product_id
WHERE {chosen[stock_movements.order_id]}
  AND order_lines.order_id IS NULL
"""
_LINES = """
SELECT orders.id AS order_id, orders.status, order_lines.product_id, order_lines.sku, order_lines.quantity,
       order_lines.returned,
       (
           SELECT COALESCE(SUM(stock_movements.quantity), 0)
           FROM stock_movements
           WHERE stock_movements.order_id = orders.id
             AND stock_movements.product_id = order_lines.product_id
             AND stock_movements.kind = 'returned'
       ) AS came_back,
       (
           SELECT COALESCE(SUM(refund_lines.quantity), 0)
           FROM refunds
           JOIN refund_lines ON refund_lines.refund_id = refunds.id
           WHERE refunds.order_id = orders.id
             AND refunds.state IN ('requested', 'pending')
             AND refund_lines.product_id = order_lines.product_id
       ) AS reserved
FROM orders
JOIN order_lines ON order_lines.order_id = orders.id
WHERE {chosen[orders.id]}
"""
# CLOSED_ORDER_NOT_RESTOCKED reports the lines of closed orders that lack units.
_RETURNED_QUANTITY_DIFFERS = f"""
{_LINES}
HAVING returned <> came_back + reserved
   AND (status NOT IN ('returned', 'cancelled', 'expired') OR came_back + reserved >= quantity)
"""
_NOT_RESTOCKED = f"""
{_LINES}
   AND orders.status IN ('returned', 'cancelled', 'expired')
HAVING came_back + reserved < quantity
"""
_RESTOCKED_TOO_EARLY = """
SELECT orders.id AS order_id, orders.status, stock_movements.product_id, stock_movements.quantity
FROM orders
JOIN stock_movements ON stock_movements.order_id = orders.id
WHERE {chosen[orders.id]}
  AND orders.status NOT IN ('returned', 'cancelled', 'expired')
  AND stock_movements.kind = 'returned'
  AND stock_movements.refund_id = 0
"""
_WRITTEN_OFF = """
SELECT orders.id AS order_id, orders.status, written_off.product_id, -written_off.quantity AS quantity,
       COALESCE(returned.quantity, 0) AS came_back
FROM orders
JOIN stock_movements AS written_off ON written_off.order_id = orders.id
    AND written_off.kind = 'written_off'
LEFT JOIN stock_movements AS returned ON returned.order_id = orders.id
    AND returned.product_id = written_off.product_id
    AND returned.kind = 'returned'
    AND returned.refund_id = 0
WHERE {chosen[orders.id]}
  AND (orders.status <> 'returned' OR -written_off.quantity > COALESCE(returned.quantity, 0))
"""
_REFUNDED_UNITS = """
SELECT refunds.id AS refund_id, refunds.order_id, refund_lines.product_id, refund_lines.quantity,
       COALESCE(stock_movements.quantity, 0) AS came_back
FROM refunds
JOIN refund_lines ON refund_lines.refund_id = refunds.id
LEFT JOIN stock_movements ON stock_movements.order_id = refunds.order_id
    AND stock_movements.product_id = refund_lines.product_id
    AND stock_movements.kind = 'returned'
    AND stock_movements.refund_id = refunds.id
WHERE {chosen[refunds.id]}
  AND refunds.state = 'succeeded'
  AND refund_lines.quantity <> COALESCE(stock_movements.quantity, 0)
"""

_COUNT = "Count the product on the shelf, and correct the stock with POST /products/{id}/stock."

STOCK_CHECKS = (
    Check(
        CheckName.STOCK_DIFFERS_FROM_LEDGER,
        _STOCK_AND_LEDGER,
        "product:{product_id}",
        "Product {product_id} ({sku}) has {stock} units on hand, but its movements add up to {ledger}.",
        "Stock cannot be negative or exceed 1,000,000,000: find the wrong movement. " + _COUNT,
        RepairName.SET_STOCK_TO_LEDGER,
        about=Subject.PRODUCTS,
    ),
    Check(
        CheckName.STOCK_TAKEN_DIFFERS_FROM_LINES,
        _SOLD_AND_LINES,
        "order:{order_id}",
        "Order {order_id} has {quantity} units of product {product_id} ({sku}), but {taken} were taken from stock.",
        _COUNT,
        about=Subject.ORDERS,
    ),
    Check(
        CheckName.STOCK_MOVEMENT_WITHOUT_LINE,
        _MOVED_WITHOUT_LINE,
        "order:{order_id}",
        "Movement {movement_id} ({kind}, {quantity} units of product {product_id}) belongs to order {order_id}, which "
        "has no such line.",
        "Find out why the line is missing. " + _COUNT,
        about=Subject.ORDERS,
        changes=(Changes.STOCK_MOVEMENTS,),
    ),
    Check(
        CheckName.CLOSED_ORDER_NOT_RESTOCKED,
        _NOT_RESTOCKED,
        "order:{order_id}",
        "Order {order_id} is {status}, but of {quantity} units of product {product_id} ({sku}) only {came_back} are "
        "back in stock, and a refund in progress restocks {reserved}.",
        "The order was already restocked once. " + _COUNT,
        RepairName.RESTOCK_CLOSED_ORDER,
        about=Subject.ORDERS,
    ),
    Check(
        CheckName.RETURNED_QUANTITY_DIFFERS_FROM_MOVEMENTS,
        _RETURNED_QUANTITY_DIFFERS,
        "order:{order_id}",
        "Order {order_id} counts {returned} of {quantity} units of product {product_id} ({sku}) as returned, but "
        "{came_back} are back in stock and a refund in progress restocks {reserved}.",
        "More units were restocked than sold. " + _COUNT,
        RepairName.CORRECT_RETURNED_QUANTITY,
        about=Subject.ORDERS,
    ),
    Check(
        CheckName.ACTIVE_ORDER_RESTOCKED,
        _RESTOCKED_TOO_EARLY,
        "order:{order_id}",
        "Order {order_id} is {status}, but {quantity} units of product {product_id} were restocked as if it were "
        "closed.",
        "Ship the order only if the units are there. " + _COUNT,
        about=Subject.ORDERS,
    ),
    Check(
        CheckName.UNITS_WRITTEN_OFF_WITHOUT_RETURN,
        _WRITTEN_OFF,
        "order:{order_id}",
        "Order {order_id} is {status}, and {quantity} units of product {product_id} were written off; {came_back} came "
        "back with its parcel.",
        _COUNT,
        about=Subject.ORDERS,
    ),
    Check(
        CheckName.RESTOCKED_UNITS_DIFFER_FROM_REFUND,
        _REFUNDED_UNITS,
        "refund:{refund_id}",
        "Refund {refund_id} of order {order_id} succeeded with {quantity} units of product {product_id}, but restocked "
        "{came_back}.",
        _COUNT,
        about=Subject.REFUNDS,
    ),
)
