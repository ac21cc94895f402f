"""All SQL that changes invitations. queries.py lists them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.platform.mysql_errors import DuplicateKey
from microshop.staff_errors import AlreadyInvited
from microshop.staff_invitations.invitation import INVITATION_LIFETIME, Invitation

if TYPE_CHECKING:
    from collections.abc import Set

    from microshop.platform.mysql import Database
    from microshop.users.user import Language

# An expired invitation makes room for a new one of the same address. The unique key cannot know the time.
_END_EXPIRED = """
UPDATE staff_invitations
SET revoked_at = expires_at
WHERE open_email = %(email)s
  AND expires_at <= %(now)s
"""
_INSERT = """
INSERT INTO staff_invitations (email, invited_by, language, created_at, expires_at)
VALUES (%(email)s, %(invited_by)s, %(language)s, %(now)s, %(expires_at)s)
"""
_ADD_ROLE = "INSERT INTO staff_invitation_roles (invitation_id, role_id) VALUES (%(invitation_id)s, %(role_id)s)"
_FIND_OPEN = """
SELECT id, email, invited_by, language
FROM staff_invitations
WHERE id = %(invitation_id)s
  AND open_email IS NOT NULL
  AND expires_at > %(now)s
"""
_LOCK_OPEN = f"{_FIND_OPEN}FOR UPDATE"
_ROLES = "SELECT role_id FROM staff_invitation_roles WHERE invitation_id = %(invitation_id)s"
_REVOKE = "UPDATE staff_invitations SET revoked_at = %(now)s WHERE id = %(invitation_id)s AND open_email IS NOT NULL"
_ACCEPT = """
UPDATE staff_invitations
SET accepted_at = %(now)s,
    user_id = %(user_id)s
WHERE id = %(invitation_id)s
  AND open_email IS NOT NULL
"""
_DELETE_OLD = "DELETE FROM staff_invitations WHERE expires_at < %(before)s ORDER BY expires_at LIMIT %(limit)s"


class InvitationRepository:
    """Reads and writes invitations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, *, email: str, invited_by: int, language: Language, role_ids: Set[int]) -> int:
        """Insert an invitation. Returns its id.

        Raises:
            AlreadyInvited: another invitation of the address is open.
        """
        now = datetime.now(UTC)
        self._database.execute(_END_EXPIRED, {"email": email, "now": now})
        values = {"email": email, "invited_by": invited_by, "language": language, "now": now}
        try:
            invitation_id = self._database.insert(_INSERT, {**values, "expires_at": now + INVITATION_LIFETIME})
        except DuplicateKey:
            raise AlreadyInvited from None
        for role_id in sorted(role_ids):
            self._database.execute(_ADD_ROLE, {"invitation_id": invitation_id, "role_id": role_id})
        return invitation_id

    def find_open(self, invitation_id: int) -> Invitation | None:
        """Returns an open invitation, or None."""
        return self._read(_FIND_OPEN, invitation_id)

    def lock_open(self, invitation_id: int) -> Invitation | None:
        """Returns an open invitation, locked until the transaction ends, or None."""
        return self._read(_LOCK_OPEN, invitation_id)

    def revoke(self, invitation: Invitation) -> None:
        """End a locked invitation."""
        self._database.execute(_REVOKE, {"invitation_id": invitation.id, "now": datetime.now(UTC)})

    def accept(self, invitation: Invitation, user_id: int) -> None:
        """Record that an account has accepted a locked invitation."""
        values = {"invitation_id": invitation.id, "user_id": user_id, "now": datetime.now(UTC)}
        self._database.execute(_ACCEPT, values)

    def delete_expired(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` invitations, ended or not, that expired before then. Returns how many."""
        return self._database.execute(_DELETE_OLD, {"before": before, "limit": limit}, idempotent=True)

    def _read(self, query: str, invitation_id: int) -> Invitation | None:
        row = self._database.row(query, {"invitation_id": invitation_id, "now": datetime.now(UTC)})
        if row is None:
            return None
        roles = self._database.rows(_ROLES, {"invitation_id": invitation_id})
        return Invitation(role_ids=frozenset(each["role_id"] for each in roles), **row)
