"""Events of exports of a person's data."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from microshop.messaging.event import Event

if TYPE_CHECKING:
    from microshop.view_types import Positive


class DataExportReady(Event):
    """The file with a person's data is complete. The event has no link to it."""

    type: ClassVar[str] = "DataExportReady"
    version: ClassVar[int] = 1

    user_id: Positive
    export_id: Positive

    @property
    def aggregate(self) -> str:
        """The account."""
        return f"user:{self.user_id}"
