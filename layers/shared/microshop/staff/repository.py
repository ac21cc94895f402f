"""All SQL on roles and their members."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.scopes import scopes_in
from microshop.staff.roles import OWNER_ROLE_ID, Member

if TYPE_CHECKING:
    from collections.abc import Set

    from microshop.platform.mysql import Database
    from microshop.scopes import Scope

# All changes of staff wait here for each other, so that two of them cannot remove the last two owners.
_LOCK = "SELECT id FROM roles WHERE id = %(owner)s FOR UPDATE"
# Locking reads see what others have committed until now. MariaDB does not support the newer syntax, FOR SHARE.
_OWNERS = """
SELECT r.user_id
FROM user_roles r
JOIN users u ON u.id = r.user_id
WHERE r.role_id = %(owner)s
  AND u.disabled_at IS NULL
LOCK IN SHARE MODE
"""
_ENABLED = "SELECT id FROM users WHERE id = %(user_id)s AND disabled_at IS NULL LOCK IN SHARE MODE"
_ACCOUNT = "SELECT disabled_at FROM users WHERE id = %(user_id)s FOR UPDATE"
_ERASED = "SELECT 1 FROM erasures WHERE user_id = %(user_id)s AND state <> 'asked'"
_ROLES = "SELECT role_id FROM user_roles WHERE user_id = %(user_id)s LOCK IN SHARE MODE"
_SCOPES = """
SELECT DISTINCT s.scope
FROM user_roles r
JOIN role_scopes s ON s.role_id = r.role_id
WHERE r.user_id = %(user_id)s
LOCK IN SHARE MODE
"""
_SCOPES_OF_ROLE = "SELECT scope FROM role_scopes WHERE role_id = %(role_id)s LOCK IN SHARE MODE"
_ROLE = "SELECT id FROM roles WHERE id = %(role_id)s LOCK IN SHARE MODE"
_REMOVE_ROLE = "DELETE FROM user_roles WHERE user_id = %(user_id)s AND role_id = %(role_id)s"
_ADD_ROLE = "INSERT INTO user_roles (user_id, role_id) VALUES (%(user_id)s, %(role_id)s)"
_SET_DISABLED = """
UPDATE users
SET disabled_at = %(disabled_at)s,
    disabled_reason = %(reason)s
WHERE id = %(user_id)s
"""
# `role` is for functions of the previous release, which let admins do everything.
_UPDATE_ACCOUNT = """
UPDATE users
SET role = IF(%(is_owner)s, 'admin', 'customer'),
    credentials_version = credentials_version + 1,
    updated_at = %(now)s
WHERE id = %(user_id)s
"""
# While the previous release serves, it makes and unmakes admins without knowing of roles.
_ADOPT_ADMINS = """
INSERT IGNORE INTO user_roles (user_id, role_id)
SELECT id, %(owner)s
FROM users
WHERE role = 'admin'
"""
_DISMISS_FORMER_ADMINS = """
DELETE r
FROM user_roles r
JOIN users u ON u.id = r.user_id
WHERE r.role_id = %(owner)s
  AND u.role <> 'admin'
"""


class StaffRepository:
    """Reads and writes roles of accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lock(self) -> frozenset[int]:
        """Wait until no other transaction changes staff. Returns the ids of the enabled owners."""
        self._database.rows(_LOCK, {"owner": OWNER_ROLE_ID})
        return frozenset(row["user_id"] for row in self._database.rows(_OWNERS, {"owner": OWNER_ROLE_ID}))

    def scopes_of(self, user_id: int) -> frozenset[Scope]:
        """Returns the scopes that an account has now; none if it is disabled."""
        if self._database.row(_ENABLED, {"user_id": user_id}) is None:
            return frozenset()
        return self._scopes(_SCOPES, {"user_id": user_id})

    def lock_member(self, user_id: int) -> Member | None:
        """Returns an account with its roles, locked until the transaction ends; None without an account."""
        account = self._database.row(_ACCOUNT, {"user_id": user_id})
        if account is None:
            return None
        roles = self._database.rows(_ROLES, {"user_id": user_id})
        return Member(
            user_id,
            frozenset(row["role_id"] for row in roles),
            self._scopes(_SCOPES, {"user_id": user_id}),
            is_disabled=account["disabled_at"] is not None,
            is_erased=self._database.row(_ERASED, {"user_id": user_id}) is not None,
        )

    def scopes_of_role(self, role_id: int) -> frozenset[Scope] | None:
        """Returns the scopes of a role; None if there is no such role."""
        if self._database.row(_ROLE, {"role_id": role_id}) is None:
            return None
        return self._scopes(_SCOPES_OF_ROLE, {"role_id": role_id})

    def set_roles(self, member: Member, role_ids: Set[int]) -> None:
        """Replace the roles of a locked member. Logins in progress get no session."""
        for role_id in sorted(member.role_ids - role_ids):
            self._database.execute(_REMOVE_ROLE, {"user_id": member.user_id, "role_id": role_id})
        for role_id in sorted(role_ids - member.role_ids):
            self._database.execute(_ADD_ROLE, {"user_id": member.user_id, "role_id": role_id})
        self._update_account(member.user_id, is_owner=OWNER_ROLE_ID in role_ids and not member.is_disabled)

    def set_disabled(self, member: Member, disabled_at: datetime | None, reason: str | None = None) -> None:
        """Disable or enable a locked member. Logins in progress get no session."""
        values = {"user_id": member.user_id, "disabled_at": disabled_at, "reason": reason}
        self._database.execute(_SET_DISABLED, values)
        self._update_account(member.user_id, is_owner=member.is_owner and disabled_at is None)

    def adopt_admins(self) -> None:
        """Make owners of the previous release's admins, and of nobody else."""
        self._database.execute(_ADOPT_ADMINS, {"owner": OWNER_ROLE_ID})
        self._database.execute(_DISMISS_FORMER_ADMINS, {"owner": OWNER_ROLE_ID})

    def _update_account(self, user_id: int, *, is_owner: bool) -> None:
        values = {"user_id": user_id, "is_owner": is_owner, "now": datetime.now(UTC)}
        self._database.execute(_UPDATE_ACCOUNT, values)

    def _scopes(self, query: str, values: dict[str, int]) -> frozenset[Scope]:
        return scopes_in(" ".join(row["scope"] for row in self._database.rows(query, values)))
