"""Sessions as the API shows them to their owner."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from collections.abc import Sequence
    from typing import TypedDict

    from microshop.users.device_repository import OpenSession
    from microshop.view_types import Id, Timestamp

    class SessionView(TypedDict):
        """An open session.

        `current`: it is that of this request. `device` is a browser and a system, or the name of a program.
        `created_at` is null if it is not known.
        """

        id: Id
        current: bool
        device: str
        created_at: Timestamp | None
        last_seen_at: Timestamp
        expires_at: Timestamp

    class SessionList(TypedDict):
        """The open sessions of an account; the one that was used last comes first."""

        items: list[SessionView]


def session_list(sessions: Sequence[OpenSession], *, current: str) -> SessionList:
    """Returns the sessions; `current` is the hash of the caller's."""
    return {
        "items": [
            {
                "id": session.id,
                "current": session.hash == current,
                "device": session.device,
                "created_at": _time(session.opened_at) if session.opened_at is not None else None,
                "last_seen_at": _time(session.last_seen_at),
                "expires_at": _time(session.expires_at),
            }
            for session in sessions
        ]
    }


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
