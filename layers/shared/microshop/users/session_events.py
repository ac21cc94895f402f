"""Events of sessions. They are not part of events.py, because only logging in publishes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from microshop.messaging.event import Event

if TYPE_CHECKING:
    from microshop.view_types import Positive


class NewDeviceLoggedIn(Event):
    """Somebody has logged in to an account from a device that it had not used before."""

    type: ClassVar[str] = "NewDeviceLoggedIn"
    version: ClassVar[int] = 1

    user_id: Positive
    device: str
    """A browser and a system, such as `Firefox on Linux`, or the name of a program."""

    @property
    def aggregate(self) -> str:
        """The account."""
        return f"user:{self.user_id}"
