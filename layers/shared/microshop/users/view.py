"""Accounts as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from typing import Literal, TypedDict

    from microshop.caller import Role
    from microshop.users.login import Login
    from microshop.users.user import Language, User
    from microshop.view_types import Id, Timestamp

    class UserView(TypedDict):
        """An account as its owner sees it."""

        id: Id
        username: str
        email: str
        role: Role
        language: Language
        created_at: Timestamp
        updated_at: Timestamp

    class Registered(TypedDict):
        """The response to a registration."""

        message: str
        id: Id
        user_id: Id

    class LoggedInView(TypedDict):
        """A session's token and the account that it belongs to."""

        token: str
        token_type: Literal["Bearer"]
        expires_in: int
        user: UserView


def user_view(user: User) -> UserView:
    """Returns an account as its owner sees it."""
    return {
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "role": user.role,
        "language": user.language,
        "created_at": user.created_at.isoformat(),
        "updated_at": user.updated_at.isoformat(),
    }


def registered_view(user_id: int) -> Registered:
    """Returns the response to a registration."""
    return {"message": "user registered successfully", "id": user_id, "user_id": user_id}


def login_view(login: Login) -> LoggedInView:
    """Returns the response to a login."""
    return {
        "token": login.session.token,
        "token_type": "Bearer",
        "expires_in": login.session.expires_in_seconds,
        "user": user_view(login.user),
    }
