"""Rows of the audit log that a test has caused. No test can delete earlier ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from microshop.platform.mysql import Database

_NEWEST = "SELECT COALESCE(MAX(id), 0) AS id FROM audit_log"
_ROWS = """
SELECT user_id, key_id, action, entity, entity_id, changes, request_id
FROM audit_log
WHERE id > %(after)s
ORDER BY id
"""


class AuditRows:
    """The rows added since this was made."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._after = self.newest

    def take(self) -> list[dict[str, Any]]:
        """Returns the rows since the last call, oldest first."""
        rows = self._database.rows(_ROWS, {"after": self._after})
        self._after = self.newest
        return [{**row, "changes": json.loads(row["changes"] or "{}")} for row in rows]

    @property
    def newest(self) -> int:
        """The id of the newest row, or 0."""
        row = self._database.row(_NEWEST)
        assert row is not None
        return int(row["id"])
