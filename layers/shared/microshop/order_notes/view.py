"""Notes of orders as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from microshop.order_notes.note import OrderNote

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from collections.abc import Mapping, Sequence
    from typing import TypedDict

    from microshop.view_types import Id, Timestamp

    class OrderNoteView(TypedDict):
        """A note of a member of staff, or of their API key."""

        id: Id
        order_id: Id
        user_id: Id
        key_id: Id | None
        text: str
        created_at: Timestamp

    class OrderNoteList(TypedDict):
        """The newest notes of an order."""

        items: list[OrderNoteView]


def order_note_view(note: OrderNote) -> OrderNoteView:
    """Returns a note; stored under its idempotency key."""
    return {
        "id": note.id,
        "order_id": note.order_id,
        "user_id": note.user_id,
        "key_id": note.key_id,
        "text": note.text,
        "created_at": note.created_at.isoformat(),
    }


def parse_order_note(stored: Mapping[str, Any]) -> OrderNote:
    """Returns a note from its stored response: the inverse of `order_note_view`."""
    return OrderNote(**{**stored, "created_at": datetime.fromisoformat(stored["created_at"])})


def order_note_list(notes: Sequence[OrderNote]) -> OrderNoteList:
    """Returns the notes of an order."""
    return {"items": [order_note_view(note) for note in notes]}
