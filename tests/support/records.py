"""Reads stock, stock movements, events and other rows from the database."""

import json
from collections import Counter
from typing import Any

from microshop.platform.mysql import Database

_STOCK = "SELECT stock FROM products WHERE id = %(id)s"
_MOVEMENTS = "SELECT kind, quantity FROM stock_movements WHERE product_id = %(id)s ORDER BY id"
_EVENTS = "SELECT type, detail FROM outbox WHERE aggregate = %(aggregate)s ORDER BY id"
_EVENT_TYPES = "SELECT type, COUNT(*) AS count FROM outbox GROUP BY type"


def stock_of(database: Database, product_id: int) -> int:
    """The units on hand."""
    row = database.row(_STOCK, {"id": product_id})
    assert row is not None
    return int(row["stock"])


def movements_of(database: Database, product_id: int) -> list[tuple[str, int]]:
    """The stock movements of a product as (kind, quantity), oldest first."""
    return [(row["kind"], row["quantity"]) for row in database.rows(_MOVEMENTS, {"id": product_id})]


def events_of(database: Database, aggregate: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of an aggregate such as `order:17` as (type, data), oldest first."""
    rows = database.rows(_EVENTS, {"aggregate": aggregate})
    return [(row["type"], json.loads(row["detail"])["data"]) for row in rows]


def event_types(database: Database) -> Counter[str]:
    """Event type → number of events."""
    return Counter({row["type"]: row["count"] for row in database.rows(_EVENT_TYPES)})


def count(database: Database, table: str) -> int:
    """The number of rows of a table."""
    row = database.row(f"SELECT COUNT(*) AS count FROM {table}")  # noqa: S608 - the name comes from a test
    assert row is not None
    return int(row["count"])


def all_order_rows(database: Database) -> list[object]:
    """All rows that a change of an order may change."""
    return [
        database.rows(f"SELECT * FROM {table} ORDER BY 1, 2")  # noqa: S608 - constants
        for table in ("orders", "order_history", "outbox", "stock_movements", "products")
    ]
