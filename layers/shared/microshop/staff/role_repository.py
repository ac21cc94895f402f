"""All SQL that changes roles themselves. repository.py has the roles of accounts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.platform.mysql_errors import DuplicateKey
from microshop.scopes import scopes_in
from microshop.staff.roles import Role
from microshop.staff_errors import RoleInUse, RoleNameTaken

if TYPE_CHECKING:
    from collections.abc import Set

    from microshop.platform.mysql import Database
    from microshop.scopes import Scope

_LOCK_ROLE = "SELECT id, name, is_seeded, version FROM roles WHERE id = %(role_id)s FOR UPDATE"
_SCOPES = "SELECT scope FROM role_scopes WHERE role_id = %(role_id)s LOCK IN SHARE MODE"
_MEMBERS = "SELECT user_id FROM user_roles WHERE role_id = %(role_id)s ORDER BY user_id LOCK IN SHARE MODE"
_INSERT = """
INSERT INTO roles (name, created_at, updated_at)
VALUES (%(name)s, %(now)s, %(now)s)
"""
_UPDATE = """
UPDATE roles
SET name = %(name)s,
    version = version + 1,
    updated_at = %(now)s
WHERE id = %(role_id)s
"""
_DELETE = "DELETE FROM roles WHERE id = %(role_id)s"
_ADD_SCOPE = "INSERT INTO role_scopes (role_id, scope) VALUES (%(role_id)s, %(scope)s)"
_REMOVE_SCOPE = "DELETE FROM role_scopes WHERE role_id = %(role_id)s AND scope = %(scope)s"
_INVALIDATE_LOGINS = """
UPDATE users u
JOIN user_roles r ON r.user_id = u.id
SET u.credentials_version = u.credentials_version + 1
WHERE r.role_id = %(role_id)s
"""


class RoleRepository:
    """Creates, changes and deletes roles, in a transaction that holds StaffRepository's lock."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lock(self, role_id: int) -> Role | None:
        """Returns a role, locked until the transaction ends; None if there is no such role."""
        row = self._database.row(_LOCK_ROLE, {"role_id": role_id})
        if row is None:
            return None
        scopes = " ".join(each["scope"] for each in self._database.rows(_SCOPES, {"role_id": role_id}))
        return Role(row["id"], row["name"], bool(row["is_seeded"]), row["version"], scopes_in(scopes))

    def members(self, role_id: int) -> list[int]:
        """Returns the ids of the accounts that have the role."""
        return [row["user_id"] for row in self._database.rows(_MEMBERS, {"role_id": role_id})]

    def add(self, name: str, scopes: Set[Scope]) -> int:
        """Insert a role. Returns its id.

        Raises:
            RoleNameTaken: another role has the name.
        """
        try:
            role_id = self._database.insert(_INSERT, {"name": name, "now": datetime.now(UTC)})
        except DuplicateKey:
            raise RoleNameTaken from None
        self._set_scopes(role_id, frozenset(), scopes)
        return role_id

    def update(self, role: Role, name: str, scopes: Set[Scope]) -> None:
        """Change a locked role. Logins of its members in progress get no session.

        Raises:
            RoleNameTaken: another role has the name.
        """
        try:
            self._database.execute(_UPDATE, {"role_id": role.id, "name": name, "now": datetime.now(UTC)})
        except DuplicateKey:
            raise RoleNameTaken from None
        self._set_scopes(role.id, role.scopes, scopes)
        self._database.execute(_INVALIDATE_LOGINS, {"role_id": role.id})

    def delete(self, role: Role) -> None:
        """Delete a locked role.

        Raises:
            RoleInUse: an account has the role.
        """
        if self.members(role.id):
            raise RoleInUse
        self._database.execute(_DELETE, {"role_id": role.id})

    def _set_scopes(self, role_id: int, before: Set[Scope], after: Set[Scope]) -> None:
        for scope in sorted(before - after):
            self._database.execute(_REMOVE_SCOPE, {"role_id": role_id, "scope": scope})
        for scope in sorted(after - before):
            self._database.execute(_ADD_SCOPE, {"role_id": role_id, "scope": scope})
