"""Use cases that change the roles of an account.

A session contains scopes, so none may outlive a change of roles, and the API keys of the account lose the rights that
it loses. All changes of staff wait for each other (StaffRepository.lock) and read the rights of the person who makes
them again, because these may just have been taken away.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.errors import FieldProblem, InvalidInput, NotFound
from microshop.staff.key_rights import refresh_keys_of
from microshop.staff.roles import OWNER_ROLE_ID, require_an_owner_left, require_grantable
from microshop.transactions import retry_on_conflict
from microshop.users.reading import account_by_email

if TYPE_CHECKING:
    from collections.abc import Set

    from microshop.caller import Caller
    from microshop.scopes import Scope
    from microshop.staff.repository import StaffRepository
    from microshop.staff.roles import Member
    from microshop.staff.unit_of_work import StaffUnitOfWork
    from microshop.users.ports import Sessions


@retry_on_conflict
def change_roles(
    caller: Caller, user_id: int, role_ids: Set[int], sessions: Sessions, uow: StaffUnitOfWork
) -> frozenset[Scope]:
    """Replace the roles of an account and end its sessions. Returns the account's scopes.

    Raises:
        NotFound: there is no such account.
        InvalidInput: there is no such role.
        NotGrantable: the caller lacks a scope that the account has or would get.
        LastOwner: the account is the last owner.
        Forbidden: the caller no longer manages staff.
    """
    with uow:
        owners = uow.staff.lock()
        granter = uow.staff.scopes_of(caller.user_id)
        member = _require_member(user_id, uow)
        scopes = scopes_of_roles(role_ids, uow.staff)
        require_grantable(granter, member.scopes, scopes)
        if member.is_owner and OWNER_ROLE_ID not in role_ids:
            require_an_owner_left(owners, user_id)
        uow.staff.set_roles(member, role_ids)
        roles = (sorted(member.role_ids), sorted(role_ids))
        uow.audit.record(caller, "staff.change_roles", "user", user_id, {"role_ids": roles})
        refresh_keys_of(user_id, uow)
        ended = sessions.end_all(user_id)
        uow.commit()
    sessions.delete_ended(ended)
    return scopes


@retry_on_conflict
def disable(caller: Caller, user_id: int, sessions: Sessions, uow: StaffUnitOfWork) -> None:
    """Disable an account: its sessions end, and it cannot log in. It keeps its roles for the time after.

    Raises:
        NotFound: there is no such account.
        NotGrantable: the caller lacks a scope that the account has.
        LastOwner: the account is the last owner.
        Forbidden: the caller no longer manages staff.
    """
    with uow:
        owners = uow.staff.lock()
        granter = uow.staff.scopes_of(caller.user_id)
        member = _require_member(user_id, uow)
        require_grantable(granter, member.scopes)
        if member.is_owner:
            require_an_owner_left(owners, user_id)
        if not member.is_disabled:
            uow.staff.set_disabled(member, datetime.now(UTC))
            uow.audit.record(caller, "staff.disable", "user", user_id, {"disabled": (False, True)})
            refresh_keys_of(user_id, uow)
        ended = sessions.end_all(user_id)
        uow.commit()
    sessions.delete_ended(ended)


@retry_on_conflict
def enable(caller: Caller, user_id: int, uow: StaffUnitOfWork) -> None:
    """Let a disabled account log in again, with the roles that it has.

    Raises:
        NotFound: there is no such account.
        NotGrantable: the caller lacks a scope that the account gets back.
        Forbidden: the caller no longer manages staff.
    """
    with uow:
        uow.staff.lock()
        granter = uow.staff.scopes_of(caller.user_id)
        member = _require_member(user_id, uow)
        require_grantable(granter, member.scopes)
        if member.is_disabled:
            uow.staff.set_disabled(member, None)
            uow.audit.record(caller, "staff.enable", "user", user_id, {"disabled": (True, False)})
            refresh_keys_of(user_id, uow)
        uow.commit()


@retry_on_conflict
def set_owner(email: str, sessions: Sessions, uow: StaffUnitOfWork, *, is_owner: bool) -> tuple[int, int]:
    """Make an account an owner, or take all its roles away, and end its sessions. For operators.

    Returns the account's id and the number of ended sessions.

    Raises:
        NotFound: no account has the address.
        LastOwner: the account is the last owner.
    """
    with uow:
        owners = uow.staff.lock()
        member = _require_member(account_by_email(email, uow.users).id, uow)
        if member.is_owner and not is_owner:
            require_an_owner_left(owners, member.user_id)
        uow.staff.set_roles(member, member.role_ids | {OWNER_ROLE_ID} if is_owner else frozenset())
        refresh_keys_of(member.user_id, uow)
        ended = sessions.end_all(member.user_id)
        uow.commit()
    sessions.delete_ended(ended)
    return member.user_id, ended.count


def _require_member(user_id: int, uow: StaffUnitOfWork) -> Member:
    member = uow.staff.lock_member(user_id)
    if member is None or member.is_erased:
        raise NotFound("account")
    return member


def scopes_of_roles(role_ids: Set[int], staff: StaffRepository) -> frozenset[Scope]:
    """Returns the scopes that the roles have together.

    Raises:
        InvalidInput: there is no such role.
    """
    scopes: frozenset[Scope] = frozenset()
    for role_id in sorted(role_ids):
        found = staff.scopes_of_role(role_id)
        if found is None:
            raise InvalidInput(FieldProblem("role_ids", f"names no role: {role_id}"))
        scopes |= found
    return scopes
