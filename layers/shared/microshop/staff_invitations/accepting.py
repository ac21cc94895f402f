"""Accepts an invitation: the owner of its address gets the roles.

The link proves that the caller reads the mail of the address. It does not prove that an account with the address is
theirs, because addresses may be registered by others. So an existing account also needs its password.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.caller import CUSTOMER, Caller
from microshop.errors import FieldProblem, Forbidden, InvalidCredentials, InvalidInput, InvalidLink
from microshop.staff.granting import scopes_of_roles
from microshop.staff.key_rights import refresh_keys_of
from microshop.staff.roles import require_grantable
from microshop.staff_invitations.invitation import PURPOSE
from microshop.transactions import retry_on_conflict
from microshop.users.events import UserRegistered
from microshop.users.password_blocklist import refuse_guessable
from microshop.users.passwords import hash_password, verify_password
from microshop.users.user import check_new_password
from microshop.values import Value

if TYPE_CHECKING:
    from microshop.staff_invitations.accepting_unit_of_work import AcceptingUnitOfWork
    from microshop.staff_invitations.invitation import Invitation
    from microshop.staff_invitations.schemas import AcceptInvitationRequest
    from microshop.users.ports import LoginAttempts, Sessions
    from microshop.users.user import User


class _NewAccount(Value, hidden={"password_hash"}):
    username: str
    password_hash: str


def accept_invitation(
    request: AcceptInvitationRequest,
    *,
    request_id: str,
    shop_name: str,
    sessions: Sessions,
    attempts: LoginAttempts,
    uow: AcceptingUnitOfWork,
) -> int:
    """Give the roles of an invitation to the account of its address, which is created if there is none.

    Returns the account's id. Its address is verified from now on, because the link was mailed to it. All sessions of
    the account end, and none is opened, so a second factor is still needed.

    Raises:
        InvalidLink: the link or its invitation has ended, or who has invited may not grant the roles any more.
        InvalidInput: a new account needs a name and a good password, and an existing one keeps its name. The link
            still works.
        InvalidCredentials: the password is not that of the existing account. The link still works.
        TooManyAttempts: the existing account must wait.
        EmailTaken: somebody has registered the address at the same time.
    """
    # Before any hash, which is expensive: guessed tokens cost one read.
    link = uow.links.find(PURPOSE, request.token)
    if link is None:
        raise InvalidLink
    account = uow.users.by_email(link.email)
    if account is None:
        return _accept(request.token, _new_account(request, link.email, shop_name), request_id, sessions, uow)
    _require_owner(request, account, attempts)
    user_id = _accept(request.token, account, request_id, sessions, uow)
    attempts.clear(account.email)
    return user_id


def _new_account(request: AcceptInvitationRequest, email: str, shop_name: str) -> _NewAccount:
    if request.username is None:
        raise InvalidInput(FieldProblem("username", "is required, because the address has no account yet"))
    try:
        password = check_new_password(request.password)
    except ValueError as error:
        raise InvalidInput(FieldProblem("password", str(error))) from None
    refuse_guessable(password, field="password", shop_name=shop_name, username=request.username, email=email)
    return _NewAccount(request.username, hash_password(password))


def _require_owner(request: AcceptInvitationRequest, account: User, attempts: LoginAttempts) -> None:
    if request.username is not None:
        raise InvalidInput(FieldProblem("username", "must be left out, because the address has an account"))
    attempts.count(account.email)  # together with those of logins
    if not verify_password(request.password, account.password_hash):
        raise InvalidCredentials


@retry_on_conflict
def _accept(
    token: str, account: User | _NewAccount, request_id: str, sessions: Sessions, uow: AcceptingUnitOfWork
) -> int:
    with uow:
        uow.staff.lock()
        invitation = _use_link(token, uow)
        user_id = _register(account, invitation, uow) if isinstance(account, _NewAccount) else account.id
        member = uow.staff.lock_member(user_id)
        if member is None or member.is_disabled or not _is_unchanged(account, uow):
            raise InvalidLink
        uow.users.verify_email(user_id, invitation.email)
        role_ids = member.role_ids | invitation.role_ids
        uow.staff.set_roles(member, role_ids)
        uow.invitations.accept(invitation, user_id)
        changes = {"invitation_id": (None, invitation.id), "role_ids": (sorted(member.role_ids), sorted(role_ids))}
        caller = Caller(user_id, session="", request_id=request_id)
        uow.audit.record(caller, "staff.accept_invitation", "user", user_id, changes)
        refresh_keys_of(user_id, uow)
        ended = sessions.end_all(user_id)
        uow.commit()
    sessions.delete_ended(ended)
    return user_id


def _use_link(token: str, uow: AcceptingUnitOfWork) -> Invitation:
    """Use the link up. Returns its invitation, if its roles may be granted now."""
    link = uow.links.use(PURPOSE, token)
    invitation = uow.invitations.lock_open(link.subject_id) if link else None
    if link is None or invitation is None or invitation.email != link.email or not invitation.role_ids:
        raise InvalidLink
    # Since the invitation was made, the roles may have got more scopes, and the inviter may have lost some.
    granter = uow.staff.scopes_of(invitation.invited_by)
    try:
        require_grantable(granter, scopes_of_roles(invitation.role_ids, uow.staff))
    except Forbidden:
        raise InvalidLink from None
    return invitation


def _register(account: _NewAccount, invitation: Invitation, uow: AcceptingUnitOfWork) -> int:
    user_id = uow.users.add(
        email=invitation.email,
        username=account.username,
        role=CUSTOMER,
        language=invitation.language,
        password_hash=account.password_hash,
    )
    uow.outbox.add(UserRegistered(user_id=user_id, language=invitation.language))
    return user_id


def _is_unchanged(account: User | _NewAccount, uow: AcceptingUnitOfWork) -> bool:
    """Whether the account, whose row is locked, still has the address and the password that were checked."""
    if isinstance(account, _NewAccount):
        return True
    return uow.users.read_credentials_version(account.id) == account.credentials_version
