"""Events of accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from microshop.messaging.event import Event

if TYPE_CHECKING:
    from microshop.users.user import Language
    from microshop.view_types import Positive


class UserRegistered(Event):
    """A customer has registered. The event has no email address, so that no queue or archive keeps one."""

    type: ClassVar[str] = "UserRegistered"
    version: ClassVar[int] = 1

    user_id: Positive
    language: Language
    """The language of mails to the customer."""

    @property
    def aggregate(self) -> str:
        """The account."""
        return f"user:{self.user_id}"
