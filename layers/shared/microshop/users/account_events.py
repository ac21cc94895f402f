"""Events of the life of an account, for mails to its owner.

They are not part of events.py, because few functions publish them (docs/decisions/0051-cold-start-budget.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from microshop.messaging.event import Event

if TYPE_CHECKING:
    from microshop.view_types import Positive


class PasswordResetRequested(Event):
    """Somebody has forgotten the password of an account, which may not exist.

    The address is in the database until the mail is sent: the event has only the id of that row.
    """

    type: ClassVar[str] = "PasswordResetRequested"
    version: ClassVar[int] = 1

    recipient_id: Positive
    """The id of the address, in the table `mail_recipients`."""

    @property
    def aggregate(self) -> str:
        """The address."""
        return f"recipient:{self.recipient_id}"


class _AccountEvent(Event):
    user_id: Positive

    @property
    def aggregate(self) -> str:
        """The account."""
        return f"user:{self.user_id}"


class PasswordChanged(_AccountEvent):
    """The password of an account was changed, by its owner or with a link."""

    type: ClassVar[str] = "PasswordChanged"
    version: ClassVar[int] = 1


class EmailVerificationRequested(_AccountEvent):
    """The owner of an account asks for another mail to verify the address."""

    type: ClassVar[str] = "EmailVerificationRequested"
    version: ClassVar[int] = 1


class EmailChangeRequested(_AccountEvent):
    """The owner of an account asks for a link to another address."""

    type: ClassVar[str] = "EmailChangeRequested"
    version: ClassVar[int] = 1

    recipient_id: Positive
    """The id of the new address, in the table `mail_recipients`."""
    credentials_version: Positive
    """The account's version at the request. After a change of the password, the mail is not sent."""


class EmailChanged(_AccountEvent):
    """The address of an account was changed."""

    type: ClassVar[str] = "EmailChanged"
    version: ClassVar[int] = 1

    recipient_id: Positive
    """The id of the old address, in the table `mail_recipients`."""
