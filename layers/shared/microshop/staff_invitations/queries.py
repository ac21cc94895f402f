"""Queries of invitations for staff."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.staff.staff_list import ListedRole
from microshop.staff_invitations.invitation import ListedInvitation

if TYPE_CHECKING:
    from microshop.platform.mysql import Database

# All invitations that have not expired are of the last seven days, and the index by expiry has them.
_OPEN = """
SELECT i.id, i.email, i.invited_by, u.username AS inviter, i.language, i.created_at, i.expires_at
FROM staff_invitations i
JOIN users u ON u.id = i.invited_by
WHERE i.expires_at > %(now)s
  AND i.open_email IS NOT NULL
ORDER BY i.expires_at DESC, i.id DESC
LIMIT 1000
"""
_ROLES_OF_OPEN = """
SELECT o.invitation_id, r.id, r.name
FROM staff_invitations i
JOIN staff_invitation_roles o ON o.invitation_id = i.id
JOIN roles r ON r.id = o.role_id
WHERE i.expires_at > %(now)s
  AND i.open_email IS NOT NULL
ORDER BY o.invitation_id, r.id
"""
_BY_ID = """
SELECT i.id, i.email, i.invited_by, u.username AS inviter, i.language, i.created_at, i.expires_at
FROM staff_invitations i
JOIN users u ON u.id = i.invited_by
WHERE i.id = %(invitation_id)s
"""
_ROLES = """
SELECT r.id, r.name
FROM staff_invitation_roles o
JOIN roles r ON r.id = o.role_id
WHERE o.invitation_id = %(invitation_id)s
ORDER BY r.id
"""


class InvitationQueries:
    """Reads invitations for lists."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest_open(self) -> list[ListedInvitation]:
        """Returns open invitations, the newest first."""
        values = {"now": datetime.now(UTC)}
        roles: dict[int, list[ListedRole]] = {}
        for row in self._database.rows(_ROLES_OF_OPEN, values):
            roles.setdefault(row["invitation_id"], []).append(ListedRole(row["id"], row["name"]))
        found = self._database.rows(_OPEN, values)
        return [ListedInvitation(roles=tuple(roles.get(row["id"], ())), **row) for row in found]

    def by_id(self, invitation_id: int) -> ListedInvitation | None:
        """Returns an invitation, open or not, or None."""
        row = self._database.row(_BY_ID, {"invitation_id": invitation_id})
        if row is None:
            return None
        found = self._database.rows(_ROLES, {"invitation_id": invitation_id})
        return ListedInvitation(roles=tuple(ListedRole(each["id"], each["name"]) for each in found), **row)
