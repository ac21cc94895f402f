"""Statements that insert products, each with its opening stock."""

from tools.load_data.sql import digest, fraction, one_of
from tools.load_data.words import (
    ADJECTIVES,
    CATEGORIES,
    CHINESE_MATERIALS,
    CHINESE_THINGS,
    MATERIALS,
    SENTENCES,
    THINGS,
)

# Every twentieth name is Chinese, and every twentieth product is sold out. Prices are multiples of 10, the largest step
# of any currency.
_PRODUCTS = f"""
INSERT INTO products (id, sku, name, description, category, image_urls, price_minor, currency, stock, version, archived,
                      created_at, updated_at)
SELECT %(first_id)s + number - %(from)s,
       CONCAT('DATA-', LPAD(number, 8, '0')),
       IF(
           MOD(number, 20) = 19,
           CONCAT({one_of(CHINESE_MATERIALS, fraction("a", 0))}, {one_of(CHINESE_THINGS, fraction("a", 1))}, ' ',
                  MOD(number, 1000)),
           CONCAT_WS(' ', {one_of(ADJECTIVES, fraction("a", 0))}, {one_of(MATERIALS, fraction("a", 1))},
                     {one_of(THINGS, fraction("a", 2))}, MOD(number, 1000))
       ),
       CONCAT_WS(' ', {", ".join(one_of(each, fraction("a", n)) for n, each in enumerate(SENTENCES, 2))}),
       {one_of(CATEGORIES, f"POW({fraction('b', 0)}, 1.5)")},
       '[]',
       290 + 10 * FLOOR(POW({fraction("b", 1)}, 4) * 20000),
       %(currency)s,
       IF({fraction("b", 2)} < 0.05, 0, 1 + FLOOR({fraction("b", 3)} * 400)),
       1,
       {fraction("b", 4)} < 0.03,
       created_at,
       created_at
FROM (
    SELECT number, {digest("number", "a")} AS a, {digest("number", "b")} AS b,
           %(catalogue_began_at)s + INTERVAL FLOOR(
               (number - %(from)s) / (%(to)s - %(from)s) * TIMESTAMPDIFF(SECOND, %(catalogue_began_at)s, %(began_at)s)
           ) SECOND AS created_at
    FROM (SELECT %(first)s + n AS number FROM load_data_numbers WHERE n < %(count)s) AS numbers
) AS digests
"""
_OPENING_STOCK = """
INSERT INTO stock_movements (product_id, kind, quantity, reason, created_at)
SELECT id, 'received', stock, 'opening stock', created_at
FROM products
WHERE id >= %(first_id)s + %(first)s - %(from)s
  AND id < %(first_id)s + %(first)s - %(from)s + %(count)s
  AND stock > 0
"""
PRODUCT_BATCH = (_PRODUCTS, _OPENING_STOCK)

# The units that orders of the load have taken, one delivery for each product: the stock stays what it was.
DELIVERIES = (
    """
INSERT INTO stock_movements (product_id, kind, quantity, reason, created_at)
SELECT products.id, 'received', products.stock - SUM(stock_movements.quantity), 'deliveries in the meantime',
       %(began_at)s
FROM products
JOIN stock_movements ON stock_movements.product_id = products.id
WHERE products.id >= %(first_id)s + %(first)s
  AND products.id < %(first_id)s + %(first)s + %(count)s
GROUP BY products.id, products.stock
HAVING products.stock > SUM(stock_movements.quantity)
""",
)
