"""All SQL on the recipients of mails that are not sent yet.

An event contains no address (docs/decisions/0009-events-carry-no-addresses.md). If the address is not that of the
account, the event has the id of a row instead. The sender of the mail deletes the row.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microshop.platform.mysql import Database

# Longer than an operator needs to redrive a dead letter.
RECIPIENT_LIFETIME = timedelta(days=3)

_INSERT = "INSERT INTO mail_recipients (email, created_at) VALUES (%(email)s, %(now)s)"
_BY_ID = "SELECT email FROM mail_recipients WHERE id = %(id)s"
_DELETE = "DELETE FROM mail_recipients WHERE id = %(id)s"
_DELETE_OLD = "DELETE FROM mail_recipients WHERE created_at < %(before)s ORDER BY created_at LIMIT %(limit)s"


class MailRecipients:
    """Keeps the address of a mail until it is sent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, email: str) -> int:
        """Insert an address. Returns its id."""
        return self._database.insert(_INSERT, {"email": email, "now": datetime.now(UTC)})

    def email_of(self, recipient_id: int) -> str | None:
        """Returns the address, or None if its mail was sent or it is too old."""
        row = self._database.row(_BY_ID, {"id": recipient_id})
        return None if row is None else str(row["email"])

    def delete(self, recipient_id: int) -> None:
        """Delete an address, because its mail was sent."""
        self._database.execute(_DELETE, {"id": recipient_id}, idempotent=True)

    def delete_older_than(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` addresses that were added before `before`. Returns how many."""
        return self._database.execute(_DELETE_OLD, {"before": before, "limit": limit}, idempotent=True)
