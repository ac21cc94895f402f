"""Events of accounts."""

from dataclasses import dataclass
from typing import ClassVar

from microshop.messaging.event import Event
from microshop.users.user import Language


@dataclass(frozen=True, kw_only=True)
class UserRegistered(Event):
    """A customer has registered. The event has no email address, so that no queue or archive keeps one."""

    type: ClassVar[str] = "UserRegistered"
    version: ClassVar[int] = 1

    user_id: int
    language: Language

    @property
    def aggregate(self) -> str:
        """The account."""
        return f"user:{self.user_id}"
