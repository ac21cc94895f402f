"""All SQL on notes of orders."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from microshop.order_notes.note import OrderNote

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.platform.mysql import Database

# So many notes of 1,000 characters fit into a response.
MAX_NOTES = 200

_INSERT = """
INSERT INTO order_notes (order_id, user_id, key_id, text, created_at)
SELECT id, %(user_id)s, %(key_id)s, %(text)s, %(created_at)s
FROM orders
WHERE id = %(order_id)s
"""
_NEWEST = """
SELECT id, order_id, user_id, key_id, text, created_at
FROM order_notes FORCE INDEX (order_notes_of_order)
WHERE order_id = %(order_id)s
ORDER BY id DESC
LIMIT %(limit)s
"""
_ORDER = "SELECT 1 FROM orders WHERE id = %(order_id)s"


class OrderNotesRepository:
    """Reads and adds notes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, order_id: int, caller: Caller, text: str) -> OrderNote | None:
        """Add a note of the caller. Returns it, or None if there is no such order."""
        values: dict[str, Any] = {
            "order_id": order_id,
            "user_id": caller.user_id,
            "key_id": caller.key_id,
            "text": text,
            "created_at": datetime.now(UTC),
        }
        note_id = self._database.insert(_INSERT, values)
        return OrderNote(id=note_id, **values) if note_id else None

    def newest(self, order_id: int) -> list[OrderNote]:
        """Returns the newest notes of an order, newest first."""
        rows = self._database.rows(_NEWEST, {"order_id": order_id, "limit": MAX_NOTES})
        return [OrderNote(**row) for row in rows]

    def has_order(self, order_id: int) -> bool:
        """Whether the order exists."""
        return self._database.row(_ORDER, {"order_id": order_id}) is not None
