"""Whether the shop's books agree: stock with its ledger, orders with stock, history and events."""

from microshop.platform.mysql import Database

# Each finds what must not be; the names are what a failing test says.
_DISAGREEMENTS = {
    "stock differs from the sum of its ledger": """
        SELECT products.id, products.stock, COALESCE(SUM(stock_movements.quantity), 0) AS ledger
        FROM products
        LEFT JOIN stock_movements ON stock_movements.product_id = products.id
        GROUP BY products.id, products.stock
        HAVING products.stock <> ledger OR products.stock < 0
    """,
    "an order took other stock than its lines say": """
        SELECT order_lines.order_id, order_lines.product_id, order_lines.quantity, stock_movements.quantity AS taken
        FROM order_lines
        LEFT JOIN stock_movements ON stock_movements.order_id = order_lines.order_id
            AND stock_movements.product_id = order_lines.product_id
            AND stock_movements.kind = 'sold'
        WHERE stock_movements.id IS NULL
           OR stock_movements.quantity <> -order_lines.quantity
    """,
    "stock was sold for what is no line of an order": """
        SELECT stock_movements.order_id, stock_movements.product_id
        FROM stock_movements
        LEFT JOIN order_lines ON order_lines.order_id = stock_movements.order_id
            AND order_lines.product_id = stock_movements.product_id
        WHERE stock_movements.order_id IS NOT NULL
          AND order_lines.order_id IS NULL
    """,
    "an order that was called off kept stock, or another gave it back": """
        SELECT orders.id, orders.status, order_lines.product_id, stock_movements.quantity AS given_back
        FROM orders
        JOIN order_lines ON order_lines.order_id = orders.id
        LEFT JOIN stock_movements ON stock_movements.order_id = orders.id
            AND stock_movements.product_id = order_lines.product_id
            AND stock_movements.kind = 'returned'
        WHERE COALESCE(stock_movements.quantity, 0)
            <> IF(orders.status IN ('cancelled', 'expired'), order_lines.quantity, 0)
    """,
    "an order's subtotal is not the sum of its lines": """
        SELECT orders.id, orders.subtotal_minor
        FROM orders
        LEFT JOIN order_lines ON order_lines.order_id = orders.id
        GROUP BY orders.id, orders.subtotal_minor
        HAVING orders.subtotal_minor <> COALESCE(SUM(order_lines.unit_price_minor * order_lines.quantity), -1)
    """,
    "an order has not one history entry for each change": """
        SELECT orders.id, orders.version, COUNT(order_history.version) AS entries
        FROM orders
        LEFT JOIN order_history ON order_history.order_id = orders.id
        GROUP BY orders.id, orders.version
        HAVING orders.version <> entries
    """,
    "an order is not what its last history entry says": """
        SELECT orders.id, orders.status, orders.payment_status
        FROM orders
        LEFT JOIN order_history ON order_history.order_id = orders.id
            AND order_history.version = orders.version
        WHERE order_history.version IS NULL
           OR order_history.status <> orders.status
           OR order_history.payment_status <> orders.payment_status
    """,
    "a change of an order has no event": """
        SELECT order_history.order_id, order_history.version
        FROM order_history
        LEFT JOIN outbox ON outbox.event_id = order_history.event_id
        WHERE outbox.id IS NULL
           OR outbox.aggregate <> CONCAT('order:', order_history.order_id)
    """,
    "an order's event belongs to no change": """
        SELECT outbox.event_id, outbox.type
        FROM outbox
        LEFT JOIN order_history ON order_history.event_id = outbox.event_id
        WHERE outbox.aggregate LIKE 'order:%'
          AND order_history.order_id IS NULL
    """,
    "an answer tells of an order that is not there": """
        SELECT idempotency_keys.idempotency_key
        FROM idempotency_keys
        LEFT JOIN orders ON orders.id = JSON_VALUE(idempotency_keys.answer, '$.order_id')
        WHERE orders.id IS NULL
          AND JSON_VALUE(idempotency_keys.answer, '$.order_id') IS NOT NULL
    """,
}


def disagreements(database: Database) -> dict[str, list[dict[str, object]]]:
    """What is wrong, and where; nothing in a sound shop. No transaction may be under way."""
    found = {what: database.rows(sql) for what, sql in _DISAGREEMENTS.items()}
    return {what: rows for what, rows in found.items() if rows}
