"""Lists the audit log in pages, newest entries first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from microshop import cursors

if TYPE_CHECKING:
    from microshop.audit.entry import AuditEntry, AuditFilter


class AuditList(Protocol):
    """Lists and counts entries."""

    def page(self, criteria: AuditFilter, after: int | None, limit: int) -> list[AuditEntry]: ...

    def count(self, criteria: AuditFilter) -> cursors.Count: ...


def list_entries(
    criteria: AuditFilter, after: int | None, limit: int, entries: AuditList, *, counts: bool = False
) -> cursors.Page[AuditEntry]:
    """Returns one page, with the count of the list if wanted.

    A new entry causes no other entry to be repeated or skipped on later pages.
    """
    found = entries.page(criteria, after, limit + 1)
    page = cursors.page_of(found, limit, lambda last: cursors.encode([last.id], criteria))
    return page.with_count(lambda: entries.count(criteria), is_first=after is None) if counts else page


def decode_cursor(cursor: str, criteria: AuditFilter) -> int:
    """Returns the id of the entry after which the page begins.

    Raises:
        ValueError: the cursor belongs to another list.
    """
    match cursors.decode(cursor, criteria):
        case [last_id] if cursors.is_id(last_id):
            return int(last_id)
    raise ValueError(cursors.INVALID_CURSOR)
