"""Changes existing accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import Conflict, WrongPassword
from microshop.transactions import retried
from microshop.users.password_blocklist import refuse_guessable
from microshop.users.passwords import hash_password, verify_password
from microshop.users.reading import get_profile, owner_of

if TYPE_CHECKING:
    from microshop.caller import Caller, Role
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
    caller: Caller,
    wanted: ChangePasswordRequest,
    *,
    shop_name: str,
    sessions: Sessions,
    attempts: LoginAttempts,
    uow: UnitOfWork,
) -> None:
    """Replace the caller's password and end every other session: both, or neither.

    Raises:
        InvalidInput: the new password is one that attackers try first.
        WrongPassword: `current_password` is not the account's.
        TooManyAttempts: the session must wait.
        Conflict: another request changed the password at the same time.
        NotFound: the account is gone.
    """
    user = get_profile(caller, uow.users)
    refuse_guessable(
        wanted.new_password, field="new_password", shop_name=shop_name, username=user.username, email=user.email
    )
    # Per session, which strangers do not have: guesses at the login do not keep the owner from changing the password.
    attempts.count(caller.session)
    if not verify_password(wanted.current_password, user.password_hash):
        raise WrongPassword
    _replace_password(user, hash_password(wanted.new_password), caller.session, sessions, uow)
    attempts.clear(caller.session)


@retried
def _replace_password(user: User, password_hash: str, session: str, sessions: Sessions, uow: UnitOfWork) -> None:
    with uow:
        if not uow.users.set_password(user, password_hash):
            raise Conflict("The password was changed at the same moment by another request.")
        # Before the commit, so that a Redis outage undoes the change, and under the row's lock: see log_in.
        ended = sessions.end_all(user.id, keep=session)
        uow.commit()
    sessions.delete_ended(ended)


@retried
def set_role(email: str, role: Role, sessions: Sessions, uow: UnitOfWork) -> tuple[int, int]:
    """Give the owner of `email` a role, and end every session. Returns the account's id and how many ended.

    A session holds its role, so none may outlive the change.

    Raises:
        NotFound: no account has the address.
    """
    with uow:
        user = owner_of(email, uow.users)
        uow.users.set_role(user.id, role)
        ended = sessions.end_all(user.id)
        uow.commit()
    sessions.delete_ended(ended)
    return user.id, ended.count


@retried
def end_sessions(email: str, sessions: Sessions, uow: UnitOfWork) -> tuple[int, int]:
    """End every session of the owner of `email`. Returns the account's id and how many ended.

    Raises:
        NotFound: no account has the address.
    """
    with uow:
        user = owner_of(email, uow.users)
        uow.users.withdraw_credentials(user.id)
        ended = sessions.end_all(user.id)
        uow.commit()
    sessions.delete_ended(ended)
    return user.id, ended.count
