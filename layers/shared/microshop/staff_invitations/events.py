"""Events of invitations."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from microshop.messaging.event import Event

if TYPE_CHECKING:
    from microshop.users.user import Language
    from microshop.view_types import Positive


class StaffInvited(Event):
    """Somebody was invited to the staff. The event has neither the address nor the token of the link."""

    type: ClassVar[str] = "StaffInvited"
    version: ClassVar[int] = 1

    invitation_id: Positive
    language: Language
    """The language of the mail."""

    @property
    def aggregate(self) -> str:
        """The invitation."""
        return f"staff_invitation:{self.invitation_id}"
