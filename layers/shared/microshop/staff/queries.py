"""Queries for lists of staff and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.scopes import scopes_in
from microshop.staff.roles import Role
from microshop.staff.staff_list import ListedMember, ListedRole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.platform.mysql import Database

# A shop with more members of staff than this would need pages.
_STAFF = """
SELECT u.id, u.username, u.email, u.disabled_at
FROM (SELECT DISTINCT user_id FROM user_roles ORDER BY user_id LIMIT 1000) members
JOIN users u ON u.id = members.user_id
ORDER BY u.id
"""
_MEMBER = "SELECT id, username, email, disabled_at FROM users WHERE id = %(user_id)s"
_ROLES_OF_STAFF = """
SELECT m.user_id, r.id, r.name
FROM user_roles m
JOIN roles r ON r.id = m.role_id
ORDER BY m.user_id, r.id
"""
_ROLES_OF_MEMBER = """
SELECT r.id, r.name
FROM user_roles m
JOIN roles r ON r.id = m.role_id
WHERE m.user_id = %(user_id)s
ORDER BY r.id
"""
_ROLES = "SELECT id, name, is_seeded, version FROM roles ORDER BY id LIMIT 1000"
_SCOPES = "SELECT role_id, scope FROM role_scopes"


class StaffQueries:
    """Reads staff and roles for lists."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def staff(self) -> list[ListedMember]:
        """Returns all accounts that have a role, by id; disabled ones too."""
        roles: dict[int, list[ListedRole]] = {}
        for row in self._database.rows(_ROLES_OF_STAFF):
            roles.setdefault(row["user_id"], []).append(ListedRole(row["id"], row["name"]))
        return [ListedMember(roles=tuple(roles.get(row["id"], ())), **row) for row in self._database.rows(_STAFF)]

    def member(self, user_id: int) -> ListedMember | None:
        """Returns an account with its roles, which may be none; None without an account."""
        row = self._database.row(_MEMBER, {"user_id": user_id})
        if row is None:
            return None
        found = self._database.rows(_ROLES_OF_MEMBER, {"user_id": user_id})
        return ListedMember(roles=tuple(ListedRole(each["id"], each["name"]) for each in found), **row)

    def roles(self) -> Sequence[Role]:
        """Returns all roles, by id."""
        scopes: dict[int, str] = {}
        for row in self._database.rows(_SCOPES):
            scopes[row["role_id"]] = f"{scopes.get(row['role_id'], '')} {row['scope']}"
        return [
            Role(row["id"], row["name"], bool(row["is_seeded"]), row["version"], scopes_in(scopes.get(row["id"], "")))
            for row in self._database.rows(_ROLES)
        ]
