"""The event of an erased account. It is not part of events.py, because only erasing publishes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from microshop.messaging.event import Event

if TYPE_CHECKING:
    from microshop.users.user import Language
    from microshop.view_types import Positive


class AccountErased(Event):
    """An account was erased. Consumers that keep something of the person delete it too."""

    type: ClassVar[str] = "AccountErased"
    version: ClassVar[int] = 1

    user_id: Positive
    recipient_id: Positive | None
    """The id of the former address, in the table `mail_recipients`; null if no mail is sent."""
    language: Language
    """The language of the last mail."""

    @property
    def aggregate(self) -> str:
        """The account."""
        return f"user:{self.user_id}"
