"""Which mails accounts get, to which address, and with which link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.mail_links.link import Purpose
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    from microshop.users.user import User

    class Users(Protocol):
        """Reads accounts."""

        def by_id(self, user_id: int) -> User | None: ...
        def enabled_by_email(self, email: str) -> User | None: ...
        def read_credentials_version(self, user_id: int) -> int | None: ...

    class Recipients(Protocol):
        """Addresses of mails that are not sent yet."""

        def email_of(self, recipient_id: int) -> str | None: ...
        def delete(self, recipient_id: int) -> None: ...


# The type of the event of an erased account.
ERASED = "AccountErased"
# Event type → template.
TEMPLATES = {
    "UserRegistered": "welcome",
    "NewDeviceLoggedIn": "new_device",
    "EmailVerificationRequested": "verify_email",
    "PasswordResetRequested": "reset_password",
    "PasswordChanged": "password_changed",
    "EmailChangeRequested": "change_email",
    "EmailChanged": "email_changed",
    "DataExportReady": "data_export_ready",
    "ErasureRequested": "erasure_requested",
    ERASED: "account_erased",
}
# Event type → the page of the front end that its mail links to; the page requires signing in.
PAGES = {"DataExportReady": "account/data-exports"}
# Event type → purpose of the one-time link in its mail.
LINKS = {
    "UserRegistered": Purpose.VERIFY_EMAIL,
    "EmailVerificationRequested": Purpose.VERIFY_EMAIL,
    "PasswordResetRequested": Purpose.RESET_PASSWORD,
    "EmailChangeRequested": Purpose.CHANGE_EMAIL,
}


class Addressee(Value):
    """An account, and the address of a mail to its owner."""

    user: User
    email: str


def addressee(data: Mapping[str, Any], users: Users, recipients: Recipients) -> Addressee | None:
    """Returns who gets the mail for an event with this data; None without an account or if the mail was sent.

    The address is that of the account, unless the event has a `recipient_id`.
    """
    if data.get("recipient_id") is None:
        user = users.by_id(int(data["user_id"]))
        return Addressee(user, user.email) if user and not user.is_erased else None
    email = recipients.email_of(int(data["recipient_id"]))
    if email is None:
        return None
    user = users.by_id(int(data["user_id"])) if "user_id" in data else users.enabled_by_email(email)
    return Addressee(user, email) if user else None


def is_outdated(data: Mapping[str, Any], user: User, users: Users) -> bool:
    """Returns whether the account's credentials have changed since the event, if that matters for its mail.

    The link must have been issued before. A change of credentials ends all links while it holds the row's lock. If it
    missed this one, it has committed by the time this read returns. So no mail has a link that outlives it.
    """
    version = data.get("credentials_version")
    return version is not None and users.read_credentials_version(user.id) != version
