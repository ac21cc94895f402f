"""SQL that adds rows to the audit log. The database refuses to change or delete them (migrations/table_grants.py)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.audit.changes import recordable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from microshop.audit.changes import Changes
    from microshop.caller import Caller
    from microshop.platform.mysql import Database

_INSERT_ROWS = """
INSERT INTO audit_log (at, user_id, key_id, action, entity, entity_id, changes, request_id)
VALUES {rows}
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
        self._insert(caller, action, entity, [(entity_id, changes)])

    def record_each(self, caller: Caller, action: str, entity: str, changes: Mapping[int, Changes]) -> None:
        """Add a row for each changed entity, by its id, in one statement.

        Raises:
            TypeError: a value of `changes` is not serialisable as JSON.
        """
        self._insert(caller, action, entity, list(changes.items()))

    def _insert(self, caller: Caller, action: str, entity: str, changed: Sequence[tuple[int | None, Changes]]) -> None:
        now = datetime.now(UTC)
        rows = {
            f"row_{number}": (
                now,
                caller.user_id,
                caller.key_id,
                action,
                entity,
                entity_id,
                json.dumps(recordable(changes), ensure_ascii=False) if changes else None,
                caller.request_id,
            )
            for number, (entity_id, changes) in enumerate(changed)
        }
        self._database.execute(_INSERT_ROWS.format(rows=", ".join(f"%({name})s" for name in rows)), rows)
