"""All SQL on one-time links."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.mail_links.link import LIFETIME, UsedLink, hash_token, new_token

if TYPE_CHECKING:
    from microshop.mail_links.link import Purpose
    from microshop.platform.mysql import Database

_INSERT = """
INSERT INTO mail_links (token_hash, purpose, subject_id, email, expires_at)
VALUES (%(token_hash)s, %(purpose)s, %(subject_id)s, %(email)s, %(expires_at)s)
"""
_FIND = """
SELECT subject_id, email
FROM mail_links
WHERE token_hash = %(token_hash)s
  AND purpose = %(purpose)s
  AND expires_at > %(now)s
"""
_LOCK = f"{_FIND}FOR UPDATE"
_DELETE_OF = "DELETE FROM mail_links WHERE purpose = %(purpose)s AND subject_id = %(subject_id)s"
_DELETE_EXPIRED = "DELETE FROM mail_links WHERE expires_at < %(before)s ORDER BY expires_at LIMIT %(limit)s"


class MailLinks:
    """Issues and uses one-time links."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def issue(self, purpose: Purpose, subject_id: int, email: str) -> str:
        """Insert a link that expires after `LIFETIME[purpose]`. Returns its token, which nothing else stores."""
        token = new_token()
        values = {
            "token_hash": hash_token(token),
            "purpose": purpose,
            "subject_id": subject_id,
            "email": email,
            "expires_at": datetime.now(UTC) + LIFETIME[purpose],
        }
        self._database.execute(_INSERT, values)
        return token

    def find(self, purpose: Purpose, token: str) -> UsedLink | None:
        """Returns what a link says without using it up, or None if it is unknown or expired."""
        return self._read(_FIND, purpose, token)

    def use(self, purpose: Purpose, token: str) -> UsedLink | None:
        """Use a link up, in the transaction of its effect. Returns what it said, or None if it is unknown or expired.

        All links of its purpose and subject end with it. Of simultaneous uses one succeeds.
        """
        link = self._read(_LOCK, purpose, token)
        if link is not None:
            self.end_all(purpose, link.subject_id)
        return link

    def end_all(self, purpose: Purpose, subject_id: int) -> None:
        """Delete all links of a purpose and subject."""
        self._database.execute(_DELETE_OF, {"purpose": purpose, "subject_id": subject_id})

    def delete_expired(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` links that expired before then. Returns the number of deleted links."""
        return self._database.execute(_DELETE_EXPIRED, {"before": before, "limit": limit}, idempotent=True)

    def _read(self, query: str, purpose: Purpose, token: str) -> UsedLink | None:
        values = {"token_hash": hash_token(token), "purpose": purpose, "now": datetime.now(UTC)}
        row = self._database.row(query, values)
        return None if row is None else UsedLink(row["subject_id"], row["email"])
