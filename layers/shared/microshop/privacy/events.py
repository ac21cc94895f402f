"""Events of the erasure of an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from microshop.messaging.event import Event

if TYPE_CHECKING:
    from microshop.view_types import Positive, Timestamp


class ErasureRequested(Event):
    """The owner of an account has asked for its erasure, which can be cancelled until it is due."""

    type: ClassVar[str] = "ErasureRequested"
    version: ClassVar[int] = 1

    user_id: Positive
    due_at: Timestamp
    """When the account will be erased."""

    @property
    def aggregate(self) -> str:
        """The account."""
        return f"user:{self.user_id}"
