"""Operations as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from typing import TypedDict

    from microshop.read_only import ReadOnlyState
    from microshop.view_types import Timestamp

    class ReadOnlySwitchView(TypedDict):
        """Whether the shop is read-only, and and who decided it when, and why."""

        read_only: bool
        reason: str | None
        decided_at: Timestamp | None
        decided_by: str | None
        remembered_seconds: int


def read_only_view(state: ReadOnlyState | None, remembered_seconds: int) -> ReadOnlySwitchView:
    """Returns the state. `remembered_seconds` is how long API Gateway caches the authorizer's responses."""
    return {
        "read_only": state is not None,
        "reason": state.reason if state else None,
        "decided_at": state.since.isoformat() if state else None,
        "decided_by": state.operator if state else None,
        "remembered_seconds": remembered_seconds,
    }
