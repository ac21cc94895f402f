"""The audit log as the API shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from typing import TypedDict

    from microshop.audit.entry import AuditEntry
    from microshop.cursors import Page
    from microshop.list_view import ListCount
    from microshop.view_types import Id, NextCursor, Timestamp

    class AuditEntryView(TypedDict):
        """A change by staff or an API key. The person of a key is its owner."""

        id: Id
        created_at: Timestamp
        user_id: Id
        key_id: Id | None
        action: str
        entity: str
        entity_id: Id | None
        changes: dict[str, list[object] | None]
        request_id: str

    class AuditPage(TypedDict):
        """A page of the audit log."""

        items: list[AuditEntryView]
        next_cursor: NextCursor
        count: ListCount | None


def audit_entry_view(entry: AuditEntry) -> AuditEntryView:
    """Returns an entry."""
    return {
        "id": entry.id,
        "created_at": entry.created_at.isoformat(),
        "user_id": entry.user_id,
        "key_id": entry.key_id,
        "action": entry.action,
        "entity": entry.entity,
        "entity_id": entry.entity_id,
        "changes": {name: None if pair is None else list(pair) for name, pair in entry.changes.items()},
        "request_id": entry.request_id,
    }


def audit_page(page: Page[AuditEntry]) -> AuditPage:
    """Returns a page of the audit log."""
    return {
        "items": [audit_entry_view(entry) for entry in page.items],
        "next_cursor": page.next_cursor,
        "count": {"value": page.total.value, "exact": page.total.exact} if page.total else None,
    }
