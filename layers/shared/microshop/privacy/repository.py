"""All SQL on requested erasures."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from microshop.platform.mysql import Database

# The account must be locked: changes of its roles wait for the lock too.
_ASK = """
INSERT INTO erasures (user_id, state, asked_at, due_at)
SELECT u.id, 'asked', %(now)s, %(due_at)s
FROM users u
WHERE u.id = %(user_id)s
  AND NOT EXISTS (SELECT 1 FROM user_roles r WHERE r.user_id = u.id)
ON DUPLICATE KEY UPDATE user_id = erasures.user_id
"""
_DUE_AT = "SELECT due_at FROM erasures WHERE user_id = %(user_id)s"
_CANCEL = "DELETE FROM erasures WHERE user_id = %(user_id)s AND state = 'asked'"


class ErasureRepository:
    """Reads and writes requested erasures."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, user_id: int, now: datetime, due_at: datetime) -> bool:
        """Record that the owner of a locked account asks.

        Returns False if nothing was recorded: they have asked before, or are members of the staff.
        """
        return self._database.execute(_ASK, {"user_id": user_id, "now": now, "due_at": due_at}) == 1

    def due_at(self, user_id: int) -> datetime | None:
        """Returns when an account will be erased; None if nobody has asked for it."""
        row = self._database.row(_DUE_AT, {"user_id": user_id})
        return None if row is None else row["due_at"]

    def cancel(self, user_id: int) -> bool:
        """Delete the request. Returns False if there is none, or if erasing has begun."""
        return self._database.execute(_CANCEL, {"user_id": user_id}) == 1
