"""Reads what the shop wrote down: stock, its ledger, events."""

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
    """A product's rows in the ledger as (kind, quantity), the first one first."""
    return [(row["kind"], row["quantity"]) for row in database.rows(_MOVEMENTS, {"id": product_id})]


def events_of(database: Database, aggregate: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of `product:5` or `order:17` as (type, data), the first one first."""
    rows = database.rows(_EVENTS, {"aggregate": aggregate})
    return [(row["type"], json.loads(row["detail"])["data"]) for row in rows]


def event_types(database: Database) -> Counter[str]:
    """How many events of each type there are."""
    return Counter({row["type"]: row["count"] for row in database.rows(_EVENT_TYPES)})


def count(database: Database, table: str) -> int:
    """How many rows a table has."""
    row = database.row(f"SELECT COUNT(*) AS count FROM {table}")  # noqa: S608 - a name out of a test
    assert row is not None
    return int(row["count"])
