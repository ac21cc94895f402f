"""Exports of a person's data as the API shows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from microshop.data_exports.data_export import LINK_SECONDS

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from collections.abc import Callable, Sequence
    from typing import TypedDict

    from microshop.data_exports.data_export import DataExport, DataExportStatus
    from microshop.view_types import Id, Timestamp, Url

    class DataExportView(TypedDict):
        """An export of the caller's data.

        `expires_at` is when the file is deleted, null until it is ready. `url` is a new link to the file for
        everybody who has it, until `url_expires_at`; both are null unless the export is ready.
        """

        id: Id
        status: DataExportStatus
        requested_at: Timestamp
        ready_at: Timestamp | None
        expires_at: Timestamp | None
        url: Url | None
        url_expires_at: Timestamp | None

    class DataExportList(TypedDict):
        """The caller's newest exports."""

        items: list[DataExportView]


def data_export_view(
    export: DataExport, now: datetime, presign: Callable[[str, int], str] | None = None
) -> DataExportView:
    """Returns an export. `presign` makes a link to an object that works for a number of seconds; None makes none."""
    status = export.state_at(now)
    has_link = presign is not None and status == "ready"
    return {
        "id": export.id,
        "status": status,
        "requested_at": export.requested_at.isoformat(),
        "ready_at": export.ready_at.isoformat() if export.ready_at else None,
        "expires_at": export.expires_at.isoformat() if export.expires_at else None,
        "url": presign(export.object_key, LINK_SECONDS) if presign is not None and has_link else None,
        "url_expires_at": (now + timedelta(seconds=LINK_SECONDS)).isoformat() if has_link else None,
    }


def data_export_list(exports: Sequence[DataExport], presign: Callable[[str, int], str]) -> DataExportList:
    """Returns the exports, each with a link if it is ready."""
    now = datetime.now(UTC)
    return {"items": [data_export_view(export, now, presign) for export in exports]}
