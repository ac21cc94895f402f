"""Use cases that update an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.transactions import retry_on_conflict
from microshop.users.reading import account_by_email, get_profile

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.users.ports import AccountUnitOfWork, Sessions, Users
    from microshop.users.schemas import UpdateProfileRequest
    from microshop.users.user import User


def update_profile(caller: Caller, changes: UpdateProfileRequest, users: Users) -> User:
    """Set the given fields of the caller's account. Returns the updated account.

    Raises:
        NotFound: the account no longer exists.
    """
    users.update_profile(caller.user_id, username=changes.username, language=changes.language)
    return get_profile(caller, users)


@retry_on_conflict
def end_sessions(email: str, sessions: Sessions, uow: AccountUnitOfWork) -> tuple[int, int]:
    """End all sessions of an account, and links to another address, for which a stranger in a session may have asked.

    Returns the account's id and the number of ended sessions.

    Raises:
        NotFound: no account has the address.
    """
    from microshop.mail_links.link import Purpose  # noqa: PLC0415 - updates of profiles do not load it

    with uow:
        user = account_by_email(email, uow.users)
        uow.users.invalidate_logins(user.id)
        uow.links.end_all(Purpose.CHANGE_EMAIL, user.id)
        ended = sessions.end_all(user.id)
        uow.commit()
    sessions.delete_ended(ended)
    return user.id, ended.count
