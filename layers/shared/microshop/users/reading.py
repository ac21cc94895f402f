"""Reads accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import FieldProblem, InvalidInput, NotFound
from microshop.users.user import normalise_email

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from microshop.caller import Caller
    from microshop.users.ports import Users
    from microshop.users.user import User


def get_profile(caller: Caller, users: Users) -> User:
    """Returns the caller's account.

    Raises:
        NotFound: the account no longer exists.
    """
    user = users.by_id(caller.user_id)
    if user is None:
        raise NotFound("account")
    return user


def account_by_email(email: str, users: Users) -> User:
    """Returns the account with this address.

    Raises:
        NotFound: no account has the address.
    """
    user = users.by_email(email)
    if user is None:
        raise NotFound("account")
    return user


def email_in(event: Mapping[str, Any]) -> str:
    """Returns the field `email` of an operator's event, normalised.

    Raises:
        InvalidInput: the field is not an email address.
    """
    try:
        return normalise_email(str(event.get("email", "")))
    except ValueError as error:
        raise InvalidInput(FieldProblem("email", str(error))) from None
