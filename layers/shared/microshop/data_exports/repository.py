"""All SQL on exports of a person's data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.data_exports.data_export import DataExport, new_object_key

if TYPE_CHECKING:
    from datetime import datetime

    from microshop.platform.mysql import Database, Row

_COLUMNS = "id, user_id, state, object_key, attempts, requested_at, ready_at, expires_at"
_INSERT = """
INSERT INTO data_exports (user_id, state, object_key, next_attempt_at, requested_at)
VALUES (%(user_id)s, 'requested', %(object_key)s, %(now)s, %(now)s)
"""
_OF_USER = f"SELECT {_COLUMNS} FROM data_exports WHERE user_id = %(user_id)s ORDER BY id DESC LIMIT %(limit)s"  # noqa: S608 - constants
_LOCK_DUE = f"""
SELECT {_COLUMNS}
FROM data_exports
WHERE next_attempt_at <= %(now)s
ORDER BY next_attempt_at
LIMIT 1
FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - constants
_BEGIN_ATTEMPT = """
UPDATE data_exports
SET attempts = attempts + 1,
    next_attempt_at = %(given_up_at)s
WHERE id = %(id)s
"""
# `attempts` is that of the caller's attempt: an attempt that was given up changes nothing.
_IS_CURRENT = "id = %(id)s AND state = 'requested' AND attempts = %(attempts)s"
_MARK_READY = f"""
UPDATE data_exports
SET state = 'ready',
    next_attempt_at = NULL,
    ready_at = %(ready_at)s,
    expires_at = %(expires_at)s
WHERE {_IS_CURRENT}
"""  # noqa: S608 - constants
_RETRY = f"UPDATE data_exports SET next_attempt_at = %(at)s WHERE {_IS_CURRENT}"  # noqa: S608 - constants
_FAIL = f"UPDATE data_exports SET state = 'failed', next_attempt_at = NULL WHERE {_IS_CURRENT}"  # noqa: S608 - constants
_OLDEST = "SELECT MIN(requested_at) AS oldest FROM data_exports WHERE next_attempt_at IS NOT NULL"
_EXPIRE = """
UPDATE data_exports
SET state = 'expired'
WHERE state = 'ready'
  AND expires_at < %(before)s
ORDER BY expires_at
LIMIT %(limit)s
"""
_DELETE_OLD = """
DELETE FROM data_exports
WHERE requested_at < %(before)s
  AND state IN ('failed', 'expired')
ORDER BY requested_at
LIMIT %(limit)s
"""


class DataExportRepository:
    """Reads and writes exports."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, user_id: int, now: datetime) -> DataExport:
        """Insert an export that is due at once.

        Raises:
            DuplicateKey: the person has an open one.
        """
        key = new_object_key()
        export_id = self._database.insert(_INSERT, {"user_id": user_id, "object_key": key, "now": now})
        return DataExport(export_id, user_id, "requested", key, 0, now)

    def of_user(self, user_id: int, limit: int) -> list[DataExport]:
        """Returns a person's newest exports."""
        return [_export(row) for row in self._database.rows(_OF_USER, {"user_id": user_id, "limit": limit})]

    def lock_due(self, now: datetime) -> DataExport | None:
        """Lock the export that has been due for the longest time. None if none is due and not locked elsewhere."""
        row = self._database.row(_LOCK_DUE, {"now": now})
        return None if row is None else _export(row)

    def begin_attempt(self, export: DataExport, given_up_at: datetime) -> None:
        """Count an attempt, which is repeated at `given_up_at` unless it has ended."""
        self._database.execute(_BEGIN_ATTEMPT, {"id": export.id, "given_up_at": given_up_at})

    def mark_ready(self, export: DataExport, ready_at: datetime, expires_at: datetime) -> bool:
        """Record that the file is complete. Returns False if this attempt was given up."""
        values = {"id": export.id, "attempts": export.attempts, "ready_at": ready_at, "expires_at": expires_at}
        return self._database.execute(_MARK_READY, values) == 1

    def retry(self, export: DataExport, at: datetime) -> None:
        """Let the next attempt begin at this time, unless this one was given up."""
        self._database.execute(_RETRY, {"id": export.id, "attempts": export.attempts, "at": at}, idempotent=True)

    def fail(self, export: DataExport) -> None:
        """Give the export up."""
        self._database.execute(_FAIL, {"id": export.id, "attempts": export.attempts}, idempotent=True)

    def oldest_request(self) -> datetime | None:
        """Returns the time of the oldest request that is neither ready nor failed."""
        row = self._database.row(_OLDEST)
        return None if row is None else row["oldest"]

    def expire(self, before: datetime, limit: int) -> int:
        """Mark at most `limit` exports as expired whose files were kept until `before`. Returns how many."""
        return self._database.execute(_EXPIRE, {"before": before, "limit": limit}, idempotent=True)

    def delete_older_than(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` expired or failed exports that were requested before then. Returns how many."""
        return self._database.execute(_DELETE_OLD, {"before": before, "limit": limit}, idempotent=True)


def _export(row: Row) -> DataExport:
    return DataExport(**row)
