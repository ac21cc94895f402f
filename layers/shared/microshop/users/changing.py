"""Changes existing accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.transactions import retried
from microshop.users.reading import get_profile, owner_of

if TYPE_CHECKING:
    from microshop.caller import Caller, Role
    from microshop.users.ports import Sessions, UnitOfWork, Users
    from microshop.users.schemas import UpdateProfileRequest
    from microshop.users.user import User


def update_profile(caller: Caller, changes: UpdateProfileRequest, users: Users) -> User:
    """Set the given fields of the caller's account. Returns the updated account.

    Raises:
        NotFound: the account is gone.
    """
    users.update_profile(caller.user_id, username=changes.username, language=changes.language)
    return get_profile(caller, users)


@retried
def set_role(email: str, role: Role, sessions: Sessions, uow: UnitOfWork) -> tuple[int, int]:
    """Set the role of the owner of `email` and end every session. Returns the account's id and how many ended.

    A session contains the role, so none may outlive the change.

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
