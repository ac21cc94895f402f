"""SQL that adds rows to the audit log. The database refuses to change or delete them (migrations/table_grants.py)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.audit.changes import recordable

if TYPE_CHECKING:
    from microshop.audit.changes import Changes
    from microshop.caller import Caller
    from microshop.platform.mysql import Database

_INSERT_ROW = """
INSERT INTO audit_log (at, user_id, key_id, action, entity, entity_id, changes, request_id)
VALUES (%(at)s, %(user_id)s, %(key_id)s, %(action)s, %(entity)s, %(entity_id)s, %(changes)s, %(request_id)s)
"""


class AuditLog:
    """The audit rows of a transaction, which commits or rolls back with its change."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, caller: Caller, action: str, entity: str, entity_id: int | None, changes: Changes) -> None:
        """Add the row of a change, such as the action `product.update` of the entity `product`.

        Raises:
            TypeError: a value of `changes` is not serialisable as JSON.
        """
        values = {
            "at": datetime.now(UTC),
            "user_id": caller.user_id,
            "key_id": caller.key_id,
            "action": action,
            "entity": entity,
            "entity_id": entity_id,
            "changes": json.dumps(recordable(changes), ensure_ascii=False) if changes else None,
            "request_id": caller.request_id,
        }
        self._database.execute(_INSERT_ROW, values)
