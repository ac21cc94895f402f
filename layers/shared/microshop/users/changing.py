"""Changes existing accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.caller import ADMIN, Caller
from microshop.errors import Conflict, NotFound, WrongPassword
from microshop.transactions import retried
from microshop.users.passwords import hash_password, verify_password
from microshop.users.reading import get_profile

if TYPE_CHECKING:
    from microshop.users.ports import LoginAttempts, Sessions, UnitOfWork, Users
    from microshop.users.schemas import ChangePasswordRequest, UpdateProfileRequest
    from microshop.users.user import User


def update_profile(caller: Caller, changes: UpdateProfileRequest, users: Users) -> User:
    """Set the given fields of the caller's account. Returns the updated account.

    Raises:
        NotFound: the account is gone.
    """
    users.update_profile(caller.user_id, username=changes.username, language=changes.language)
    return get_profile(caller, users)


def change_password(
    caller: Caller, wanted: ChangePasswordRequest, *, sessions: Sessions, attempts: LoginAttempts, uow: UnitOfWork
) -> None:
    """Replace the caller's password and end every other session: both, or neither.

    Raises:
        WrongPassword: `current_password` is not the account's.
        TooManyAttempts: the account must wait.
        Conflict: another request changed the password at the same time.
        NotFound: the account is gone.
    """
    user = get_profile(caller, uow.users)
    attempts.count(user.email)
    if not verify_password(wanted.current_password, user.password_hash):
        raise WrongPassword
    _replace_password(user, hash_password(wanted.new_password), caller.session, sessions, uow)
    attempts.clear(user.email)


@retried
def _replace_password(user: User, password_hash: str, session: str, sessions: Sessions, uow: UnitOfWork) -> None:
    with uow:
        if not uow.users.set_password(user, password_hash):
            raise Conflict("The password was changed at the same moment by another request.")
        # Before the commit, so that a Redis outage undoes the change, and under the row's lock: see log_in.
        sessions.end_all(user.id, keep=session)
        uow.commit()


@retried
def grant_admin(email: str, sessions: Sessions, uow: UnitOfWork) -> int:
    """Make the owner of `email` an admin from their next login on. Returns the account's id.

    Raises:
        NotFound: no account has the address.
    """
    with uow:
        user = uow.users.by_email(email)
        if user is None:
            raise NotFound("account")
        uow.users.set_role(user.id, ADMIN)
        sessions.end_all(user.id)  # a session holds its role: old ones must not outlive the change
        uow.commit()
    return user.id
