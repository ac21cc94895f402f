"""The response of exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function loads them.
    from datetime import datetime
    from typing import TypedDict

    from microshop.exports.exporting import Export
    from microshop.view_types import NextCursor, Timestamp, Url

    class ExportCreated(TypedDict):
        """The response to a request that created a file."""

        url: Url
        expires_at: Timestamp
        rows: int
        next_cursor: NextCursor


def export_view(export: Export, url: str, expires_at: datetime) -> ExportCreated:
    """Returns the response to a request that created a file, which can be downloaded from `url` until `expires_at`."""
    return {
        "url": url,
        "expires_at": expires_at.isoformat(),
        "rows": export.rows,
        "next_cursor": export.next_cursor,
    }
