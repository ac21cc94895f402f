"""Accounts as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from typing import Literal, TypedDict

    from microshop.caller import Role
    from microshop.users.access import MissingStep
    from microshop.users.email_verification import VerificationOutcome
    from microshop.users.login import Login
    from microshop.users.user import Language, User
    from microshop.view_types import Id, Timestamp

    class UserView(TypedDict):
        """An account as its owner sees it."""

        id: Id
        username: str
        email: str
        email_verified: bool
        role: Role
        language: Language
        created_at: Timestamp
        updated_at: Timestamp
        erasure_due_at: Timestamp | None

    class Registered(TypedDict):
        """The response to a registration."""

        message: str
        id: Id
        user_id: Id

    class VerificationView(TypedDict):
        """What the link of a mail did: it verified the address, or somebody had used it before."""

        outcome: VerificationOutcome

    class LoggedInView(TypedDict):
        """A session's token and the account that it belongs to.

        `second_factor` is what a member of staff does next, before their rights take effect; null for everybody else.
        """

        token: str
        token_type: Literal["Bearer"]
        expires_in: int
        user: UserView
        second_factor: MissingStep | None


def user_view(user: User) -> UserView:
    """Returns an account as its owner sees it."""
    return {
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "email_verified": user.is_email_verified,
        "role": user.role,
        "language": user.language,
        "created_at": user.created_at.isoformat(),
        "updated_at": user.updated_at.isoformat(),
        "erasure_due_at": user.erasure_due_at.isoformat() if user.erasure_due_at else None,
    }


def registered_view(user_id: int) -> Registered:
    """Returns the response to a registration."""
    return {"message": "user registered successfully", "id": user_id, "user_id": user_id}


def verification_view(outcome: VerificationOutcome) -> VerificationView:
    """Returns the response to the use of a link that verifies an address."""
    return {"outcome": outcome}


def login_view(login: Login, *, second_factor_required: bool) -> LoggedInView:
    """Returns the response to a login."""
    return {
        "token": login.session.token,
        "token_type": "Bearer",
        "expires_in": login.session.expires_in_seconds,
        "user": user_view(login.user),
        "second_factor": login.access.missing_step(second_factor_required=second_factor_required),
    }
