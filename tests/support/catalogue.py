"""Puts products into the database."""

import json
import re
from collections.abc import Iterable

from microshop.platform.mysql import Database
from microshop.products.stock_repository import StockLedger

_INSERT = """
INSERT INTO products (sku, name, description, category, image_urls, price_minor, currency, stock, version, archived,
    low_stock_threshold, created_at, updated_at)
VALUES
"""
_ROW = """
(%(sku)s, %(name)s, %(description)s, %(category)s, %(image_urls)s, %(price_minor)s, %(currency)s, %(stock)s,
    %(version)s, %(archived)s, %(low_stock_threshold)s, '2026-01-02 12:00:00', '2026-01-02 12:00:00')
"""
_OPEN_LEDGER = """
INSERT INTO stock_movements (product_id, kind, quantity, refund_id, reason, created_at)
SELECT id, 'received', stock, 0, 'on hand when the product was created', created_at
FROM products
WHERE id BETWEEN %(first)s AND %(last)s
"""


def put_on_sale(
    database: Database,
    *,
    name: str = "Kettle",
    sku: str | None = None,
    description: str = "Boils water.",
    category: str = "Kitchen",
    price_minor: int = 1999,
    currency: str = "USD",
    stock: int = 3,
    version: int = 1,
    archived: bool = False,
    low_stock_threshold: int = 0,
) -> int:
    """Insert a product, with its stock in the ledger. Returns its id."""
    values = {
        "sku": sku or _next_sku(database),
        "name": name,
        "description": description,
        "category": category,
        "image_urls": json.dumps(["https://img.example.com/1.jpg"]),
        "price_minor": price_minor,
        "currency": currency,
        "stock": stock,
        "version": version,
        "archived": archived,
        "low_stock_threshold": low_stock_threshold,
    }
    product_id = database.insert(_INSERT + _ROW, values)
    StockLedger(database).record_opening_stock(product_id, None, stock)
    return product_id


def put_all_on_sale(database: Database, prices: Iterable[int], *, category: str = "Kitchen") -> list[int]:
    """Insert a product for each price, in two statements. Returns their ids."""
    rows, values = [], dict[str, object]()
    for number, price in enumerate(prices):
        rows.append(re.sub(r"%\((\w+)\)s", rf"%(\1_{number})s", _ROW))
        product = {
            "sku": f"{category}-{number}",
            "name": f"Product {number:04}",
            "description": "Boils water.",
            "category": category,
            "image_urls": json.dumps(["https://img.example.com/1.jpg"]),
            "price_minor": price,
            "currency": "USD",
            "stock": 3,
            "version": 1,
            "archived": False,
            "low_stock_threshold": 0,
        }
        values |= {f"{name}_{number}": value for name, value in product.items()}
    database.begin()
    first = database.insert(_INSERT + ",".join(rows), values)  # one statement gets consecutive ids
    last = first + len(rows) - 1
    database.execute(_OPEN_LEDGER, {"first": first, "last": last})
    database.commit()
    return list(range(first, last + 1))


def _next_sku(database: Database) -> str:
    row = database.row("SELECT COALESCE(MAX(id), 0) + 1 AS number FROM products")
    return f"SKU-{row['number'] if row else 1}"
