"""Request bodies of the account endpoints."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from microshop.schemas import RequestModel, Text, line
from microshop.users.user import (
    MAX_PASSWORD_LENGTH,
    MAX_USERNAME_LENGTH,
    Language,
    check_new_password,
    normalise_email,
)

Email = Annotated[Text, AfterValidator(normalise_email)]
Username = Annotated[Text, line(MAX_USERNAME_LENGTH)]
NewPassword = Annotated[Text, AfterValidator(check_new_password)]
# Checked against a hash, not against today's rules: an account may be older than the rules.
ExistingPassword = Annotated[str, Field(min_length=1, max_length=MAX_PASSWORD_LENGTH)]

# The token of a link (mail_links/link.py), or what somebody pasted instead.
LinkToken = Annotated[Text, line(128)]


class RegisterRequest(RequestModel):
    """POST /users/register."""

    username: Username
    email: Email
    password: NewPassword
    language: Language | None = None


class LogInRequest(RequestModel):
    """POST /users/login."""

    email: Email
    password: ExistingPassword


class UpdateProfileRequest(RequestModel):
    """PATCH /users/profile: omitted fields stay unchanged."""

    username: Username | None = None
    language: Language | None = None

    @model_validator(mode="before")
    @classmethod
    def _check_is_not_empty(cls, value: Any) -> Any:
        if value == {}:
            raise ValueError("must contain username or language")
        return value


class ChangePasswordRequest(RequestModel):
    """PUT /users/password."""

    current_password: ExistingPassword
    new_password: NewPassword


class RequestPasswordResetRequest(RequestModel):
    """POST /users/password-reset."""

    email: Email


class ResetPasswordRequest(RequestModel):
    """POST /users/password-reset/confirm."""

    token: LinkToken
    password: NewPassword


class UseLinkRequest(RequestModel):
    """POST /users/email-verification/confirm and /users/email-change/confirm."""

    token: LinkToken


class ChangeEmailRequest(RequestModel):
    """POST /users/email-change."""

    email: Email
    current_password: ExistingPassword
