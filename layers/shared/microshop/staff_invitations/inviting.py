"""Use cases of staff who invite somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.changes import changed_fields
from microshop.errors import NotFound
from microshop.idempotency.once_per_key import once_per_key
from microshop.staff.granting import scopes_of_roles
from microshop.staff.roles import require_grantable
from microshop.staff_invitations.events import StaffInvited
from microshop.staff_invitations.invitation import PURPOSE
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.idempotency.key import IdempotencyKey
    from microshop.staff_invitations.invitation import ListedInvitation
    from microshop.staff_invitations.queries import InvitationQueries
    from microshop.staff_invitations.schemas import InviteMemberRequest
    from microshop.staff_invitations.unit_of_work import InvitingUnitOfWork


def invite(caller: Caller, wanted: InviteMemberRequest, key: IdempotencyKey | None, uow: InvitingUnitOfWork) -> int:
    """Invite the owner of an address, once per key. Returns the id of the invitation.

    Raises:
        InvalidInput: there is no such role.
        NotGrantable: the caller lacks a scope of the roles.
        AlreadyInvited: another invitation of the address is open.
        Forbidden: the caller no longer manages staff.
        IdempotencyKeyReused: the key was sent with another request before.
    """
    return once_per_key(key, uow.results, lambda: _invite(caller, wanted, key, uow))


@retry_on_conflict
def _invite(caller: Caller, wanted: InviteMemberRequest, key: IdempotencyKey | None, uow: InvitingUnitOfWork) -> int:
    role_ids = frozenset(wanted.role_ids)
    with uow:
        uow.staff.lock()
        require_grantable(uow.staff.scopes_of(caller.user_id), scopes_of_roles(role_ids, uow.staff))
        invitation_id = uow.invitations.add(
            email=wanted.email, invited_by=caller.user_id, language=wanted.language, role_ids=role_ids
        )
        uow.outbox.add(StaffInvited(invitation_id=invitation_id, language=wanted.language))
        changes = changed_fields({}, {"email": wanted.email, "role_ids": sorted(role_ids)})
        uow.audit.record(caller, "staff.invite", "staff_invitation", invitation_id, changes)
        if key is not None:
            uow.results.store(key, invitation_id)
        uow.commit()
    return invitation_id


@retry_on_conflict
def revoke_invitation(caller: Caller, invitation_id: int, uow: InvitingUnitOfWork) -> None:
    """End an open invitation of any member of staff, and its links.

    Raises:
        NotFound: there is no such open invitation.
        Forbidden: the caller no longer manages staff.
    """
    with uow:
        uow.staff.lock()
        require_grantable(uow.staff.scopes_of(caller.user_id))
        invitation = uow.invitations.lock_open(invitation_id)
        if invitation is None:
            raise NotFound("open invitation")
        uow.invitations.revoke(invitation)
        uow.links.end_all(PURPOSE, invitation_id)
        changes = changed_fields({"role_ids": sorted(invitation.role_ids)}, {})
        uow.audit.record(caller, "staff.revoke_invitation", "staff_invitation", invitation_id, changes)
        uow.commit()


def get_invitation(invitation_id: int, invitations: InvitationQueries) -> ListedInvitation:
    """Returns an invitation, open or not.

    Raises:
        NotFound: there is no such invitation.
    """
    invitation = invitations.by_id(invitation_id)
    if invitation is None:
        raise NotFound("invitation")
    return invitation
