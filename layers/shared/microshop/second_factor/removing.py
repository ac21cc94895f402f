"""Use cases that remove a second factor: one's own, or somebody else's after the loss of a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import NotFound
from microshop.staff.roles import require_grantable
from microshop.staff_errors import NotEnrolled, SecondFactorMandatory
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.second_factor.unit_of_work import SecondFactorUnitOfWork
    from microshop.users.ports import Sessions


@retry_on_conflict
def remove_second_factor(caller: Caller, *, is_required: bool, sessions: Sessions, uow: SecondFactorUnitOfWork) -> None:
    """Remove the caller's second factor with its recovery codes, and end all their sessions.

    Raises:
        SecondFactorMandatory: the shop requires one of every member of staff.
        NotEnrolled: the account has none.
    """
    if is_required:
        raise SecondFactorMandatory
    with uow:
        uow.users.invalidate_logins(caller.user_id)
        if not uow.second_factors.remove(caller.user_id):
            raise NotEnrolled
        uow.audit.record(caller, "second_factor.remove", "user", caller.user_id, {})
        ended = sessions.end_all(caller.user_id)
        uow.commit()
    sessions.delete_ended(ended)


@retry_on_conflict
def reset_second_factor(caller: Caller, user_id: int, sessions: Sessions, uow: SecondFactorUnitOfWork) -> None:
    """Remove the second factor of a member of staff, and end all their sessions. They enrol again.

    Raises:
        NotFound: there is no such account.
        NotEnrolled: the account has no second factor.
        NotGrantable: the caller lacks a scope that the account has.
        Forbidden: the caller no longer manages staff.
    """
    with uow:
        uow.staff.lock()
        granter = uow.staff.scopes_of(caller.user_id)
        member = uow.staff.lock_member(user_id)
        if member is None:
            raise NotFound("account")
        require_grantable(granter, member.scopes)
        if not uow.second_factors.remove(user_id):
            raise NotEnrolled
        uow.users.invalidate_logins(user_id)
        uow.audit.record(caller, "second_factor.reset", "user", user_id, {})
        ended = sessions.end_all(user_id)
        uow.commit()
    sessions.delete_ended(ended)
