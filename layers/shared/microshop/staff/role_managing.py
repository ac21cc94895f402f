"""Use cases that create, change and delete roles.

A session contains scopes, so the sessions of all members of a role end when its scopes change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.changes import changed_fields
from microshop.errors import NotFound
from microshop.staff.key_rights import refresh_keys_of
from microshop.staff.roles import require_changeable, require_grantable
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Set

    from microshop.caller import Caller
    from microshop.scopes import Scope
    from microshop.staff.roles import Role
    from microshop.staff.unit_of_work import StaffUnitOfWork
    from microshop.users.ports import Sessions
    from microshop.versions import ExpectedVersion


@retry_on_conflict
def create_role(caller: Caller, name: str, scopes: Set[Scope], uow: StaffUnitOfWork) -> Role:
    """Create a role. Returns it.

    Raises:
        NotGrantable: the caller lacks one of the scopes.
        RoleNameTaken: another role has the name.
        Forbidden: the caller no longer manages staff.
    """
    with uow:
        uow.staff.lock()
        require_grantable(uow.staff.scopes_of(caller.user_id), scopes)
        role = _require_role(uow.roles.add(name, scopes), uow)
        uow.audit.record(caller, "role.create", "role", role.id, changed_fields({}, role.audited))
        uow.commit()
    return role


@retry_on_conflict
def change_role(
    caller: Caller,
    role_id: int,
    expected: ExpectedVersion,
    *,
    name: str,
    scopes: Set[Scope],
    sessions: Sessions,
    uow: StaffUnitOfWork,
) -> Role:
    """Replace name and scopes of a role, and end the sessions of its members if the scopes change. Returns the role.

    Raises:
        NotFound: there is no such role.
        Conflict: the role is that of owners.
        PreconditionRequired, PreconditionFailed, VersionConflict: see ExpectedVersion.
        NotGrantable: the caller lacks a scope that the role has or would get.
        RoleNameTaken: another role has the name.
        Forbidden: the caller no longer manages staff.
    """
    require_changeable(role_id)
    with uow:
        uow.staff.lock()
        granter = uow.staff.scopes_of(caller.user_id)
        before = _require_role(role_id, uow)
        expected.require(before.version)
        require_grantable(granter, before.scopes, scopes)
        uow.roles.update(before, name, scopes)
        members = uow.roles.members(role_id) if scopes != before.scopes else []
        for user_id in members:
            refresh_keys_of(user_id, uow)
        ended = [sessions.end_all(user_id) for user_id in members]
        after = _require_role(role_id, uow)
        uow.audit.record(caller, "role.change", "role", role_id, changed_fields(before.audited, after.audited))
        uow.commit()
    for each in ended:
        sessions.delete_ended(each)
    return after


@retry_on_conflict
def delete_role(caller: Caller, role_id: int, uow: StaffUnitOfWork) -> None:
    """Delete a role that nobody has.

    Raises:
        NotFound: there is no such role.
        Conflict: the role is that of owners.
        RoleInUse: an account has the role.
        NotGrantable: the caller lacks a scope of the role.
        Forbidden: the caller no longer manages staff.
    """
    require_changeable(role_id)
    with uow:
        uow.staff.lock()
        granter = uow.staff.scopes_of(caller.user_id)
        role = _require_role(role_id, uow)
        require_grantable(granter, role.scopes)
        uow.roles.delete(role)
        uow.audit.record(caller, "role.delete", "role", role_id, changed_fields(role.audited, {}))
        uow.commit()


def _require_role(role_id: int, uow: StaffUnitOfWork) -> Role:
    role = uow.roles.lock(role_id)
    if role is None:
        raise NotFound("role")
    return role
