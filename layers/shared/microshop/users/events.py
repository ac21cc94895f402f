"""What the account domain announces."""

from dataclasses import dataclass
from typing import ClassVar

from microshop.messaging.event import Event
from microshop.users.user import Language


@dataclass(frozen=True, kw_only=True)
class UserRegistered(Event):
    """An account was made. Without the address: who needs it reads it, so that no queue or archive keeps it."""

    type: ClassVar[str] = "UserRegistered"
    version: ClassVar[int] = 1

    user_id: int
    language: Language

    @property
    def aggregate(self) -> str:
        """The account."""
        return f"user:{self.user_id}"
