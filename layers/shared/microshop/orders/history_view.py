"""The history of an order as the API shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Only types: `make documents` reads the classes below, and no function loads them.
    from collections.abc import Sequence
    from typing import TypedDict

    from microshop.orders.history import ActorKind, HistoryEntry
    from microshop.orders.states import Action, OrderStatus, PaymentStatus
    from microshop.view_types import Timestamp

    class HistoryEntryView(TypedDict):
        """A change of an order and the order's state after it. It does not show which admin made the change."""

        version: int
        action: Action
        status: OrderStatus
        payment_status: PaymentStatus
        actor: ActorKind
        note: str | None
        created_at: Timestamp

    class OrderHistory(TypedDict):
        """All changes of an order."""

        items: list[HistoryEntryView]


def order_history(entries: Sequence[HistoryEntry]) -> OrderHistory:
    """Returns all changes of an order as the API shows them."""
    return {"items": [_entry_view(entry) for entry in entries]}


def _entry_view(entry: HistoryEntry) -> HistoryEntryView:
    return {
        "version": entry.version,
        "action": entry.action,
        "status": entry.status,
        "payment_status": entry.payment_status,
        "actor": entry.actor,
        "note": entry.note,
        "created_at": entry.created_at.isoformat(),
    }
