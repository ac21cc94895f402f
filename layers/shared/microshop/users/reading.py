"""Reads accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import NotFound

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.users.ports import Users
    from microshop.users.user import User


def get_profile(caller: Caller, users: Users) -> User:
    """Return the caller's account.

    Raises:
        NotFound: the account is gone.
    """
    user = users.by_id(caller.user_id)
    if user is None:
        raise NotFound("account")
    return user
