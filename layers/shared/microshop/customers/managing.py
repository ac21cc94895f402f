"""Use cases that change the account of a customer on behalf of the shop.

They refuse accounts with a role: those are disabled and enabled by who may manage staff, with the rules and the fresh
second factor of staff/granting.py. So neither a role nor an API key with `write_customers` reaches an owner.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.errors import Conflict, NotFound
from microshop.mail_links.link import Purpose
from microshop.transactions import retry_on_conflict
from microshop.users.account_events import PasswordResetRequested

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.customers.unit_of_work import CustomersUnitOfWork
    from microshop.staff.roles import Member
    from microshop.users.ports import MailAttempts, Sessions

# The links whose subject is an account; that of an invitation is the invitation.
_LINKS = (Purpose.RESET_PASSWORD, Purpose.CHANGE_EMAIL, Purpose.VERIFY_EMAIL)


@retry_on_conflict
def disable(caller: Caller, user_id: int, reason: str, sessions: Sessions, uow: CustomersUnitOfWork) -> None:
    """Disable an account: its sessions and links end, and it cannot log in. Disabling it again changes nothing.

    Raises:
        NotFound: there is no such account.
        Conflict: the account has a role.
    """
    with uow:
        member = _lock_customer(user_id, uow)
        if not member.is_disabled:
            uow.staff.set_disabled(member, datetime.now(UTC), reason)
            changes = {"disabled": (False, True), "reason": None}
            uow.audit.record(caller, "customer.disable", "user", user_id, changes)
        for purpose in _LINKS:
            uow.links.end_all(purpose, user_id)
        ended = sessions.end_all(user_id)
        uow.commit()
    sessions.delete_ended(ended)


@retry_on_conflict
def enable(caller: Caller, user_id: int, uow: CustomersUnitOfWork) -> None:
    """Let a disabled account log in again. Ended sessions stay ended.

    Raises:
        NotFound: there is no such account.
        Conflict: the account has a role, or is erased.
    """
    with uow:
        member = _lock_customer(user_id, uow)
        if member.is_erased:
            raise Conflict("This account is erased; nothing is left that could log in.")
        if member.is_disabled:
            uow.staff.set_disabled(member, None)
            uow.audit.record(caller, "customer.enable", "user", user_id, {"disabled": (True, False)})
        uow.commit()


@retry_on_conflict
def end_sessions(caller: Caller, user_id: int, sessions: Sessions, uow: CustomersUnitOfWork) -> None:
    """End all sessions of an account, and links to another address, for which a stranger in a session may have asked.

    Raises:
        NotFound: there is no such account.
        Conflict: the account has a role.
    """
    with uow:
        _lock_customer(user_id, uow)
        uow.users.invalidate_logins(user_id)
        uow.links.end_all(Purpose.CHANGE_EMAIL, user_id)
        uow.audit.record(caller, "customer.end_sessions", "user", user_id, {})
        ended = sessions.end_all(user_id)
        uow.commit()
    sessions.delete_ended(ended)


def send_password_reset(caller: Caller, user_id: int, attempts: MailAttempts, uow: CustomersUnitOfWork) -> None:
    """Send a customer the mail that they get after asking for a new password. Nobody else sees its link.

    Raises:
        NotFound: there is no such account.
        Conflict: the account is disabled.
        TooManyAttempts: the address got such a mail a short time ago, from anybody.
    """
    user = uow.users.by_id(user_id)
    if user is None:
        raise NotFound("account")
    # Checked before the request is counted. A request that sends no mail must not make the next one wait.
    if uow.users.enabled_by_email(user.email) is None:
        raise _disabled()
    attempts.count(Purpose.RESET_PASSWORD, user.email)
    _send_password_reset(caller, user_id, uow)


@retry_on_conflict
def _send_password_reset(caller: Caller, user_id: int, uow: CustomersUnitOfWork) -> None:
    with uow:
        user = uow.users.lock_enabled(user_id)
        if user is None:
            raise _disabled()
        uow.outbox.add(PasswordResetRequested(recipient_id=uow.recipients.add(user.email)))
        uow.audit.record(caller, "customer.send_password_reset", "user", user_id, {})
        uow.commit()


def _disabled() -> Conflict:
    return Conflict("This account is disabled; enable it first.")


def _lock_customer(user_id: int, uow: CustomersUnitOfWork) -> Member:
    member = uow.staff.lock_member(user_id)
    if member is None:
        raise NotFound("account")
    if member.role_ids:
        raise Conflict("This account has a role. Staff with manage_staff manage it below /api/v1/admin/staff.")
    return member
