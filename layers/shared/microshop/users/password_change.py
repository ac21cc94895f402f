"""Changes passwords. It is not part of updating.py, so that other updates do not load hashing and password rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import WrongPassword
from microshop.transactions import retry_on_conflict
from microshop.users.password_blocklist import refuse_guessable
from microshop.users.password_setting import set_password
from microshop.users.passwords import hash_password, verify_password
from microshop.users.reading import get_profile

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.users.ports import AccountUnitOfWork, LoginAttempts, Sessions
    from microshop.users.schemas import ChangePasswordRequest
    from microshop.users.user import User


def change_password(
    caller: Caller,
    request: ChangePasswordRequest,
    *,
    shop_name: str,
    sessions: Sessions,
    attempts: LoginAttempts,
    uow: AccountUnitOfWork,
) -> None:
    """Replace the caller's password and end every other session, or do neither.

    Raises:
        InvalidInput: the new password is one that attackers try first.
        WrongPassword: `current_password` is not the account's.
        TooManyAttempts: the session must wait.
        Conflict: another request changed the password at the same time.
        NotFound: the account no longer exists.
    """
    user = get_profile(caller, uow.users)
    refuse_guessable(
        request.new_password, field="new_password", shop_name=shop_name, username=user.username, email=user.email
    )
    # Attempts are counted per session, so that a stranger's failed logins do not block the owner's change.
    attempts.count(caller.session)
    if not verify_password(request.current_password, user.password_hash):
        raise WrongPassword
    _replace_password(user, hash_password(request.new_password), caller.session, sessions, uow)
    attempts.clear(caller.session)


@retry_on_conflict
def _replace_password(user: User, password_hash: str, session: str, sessions: Sessions, uow: AccountUnitOfWork) -> None:
    with uow:
        ended = set_password(user, password_hash, sessions, uow, keep=session)
        uow.commit()
    sessions.delete_ended(ended)
