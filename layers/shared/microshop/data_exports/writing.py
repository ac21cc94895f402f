"""Writes requested exports. An attempt may end anywhere: the next one writes the same object again."""

from __future__ import annotations

from copy import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.data_exports.data_export import ATTEMPT_LASTS, KEPT
from microshop.data_exports.events import DataExportReady
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from microshop.data_exports.data_export import DataExport, DataExportStatus
    from microshop.data_exports.unit_of_work import DataExportsUnitOfWork


@retry_on_conflict
def begin_next(uow: DataExportsUnitOfWork) -> DataExport | None:
    """Begin an attempt of the export that has been due for the longest time. Returns None if none is due.

    Returns an export with the state `failed` if its last attempt ended without saying so.
    """
    with uow:
        now = datetime.now(UTC)
        due = uow.exports.lock_due(now)
        if due is None:
            return None
        if due.may_be_retried:
            uow.exports.begin_attempt(due, now + ATTEMPT_LASTS)
            begun = replace(due, attempts=due.attempts + 1)
        else:
            uow.exports.fail(due)
            begun = replace(due, state="failed")
        uow.commit()
    return begun


@retry_on_conflict
def finish(export: DataExport, uow: DataExportsUnitOfWork) -> None:
    """Make the export available to its owner, who gets a mail; do nothing if this attempt was given up.

    The event is in the transaction of the change of state, so there is one for each export.
    """
    with uow:
        now = datetime.now(UTC)
        if uow.exports.mark_ready(export, now, now + KEPT):
            uow.outbox.add(DataExportReady(user_id=export.user_id, export_id=export.id))
            uow.commit()


def retry_later(export: DataExport, uow: DataExportsUnitOfWork) -> DataExportStatus:
    """End an attempt that has failed. Returns the new state: `failed` after the last attempt."""
    if export.may_be_retried:
        uow.exports.retry(export, export.next_attempt_after(datetime.now(UTC)))
        return "requested"
    uow.exports.fail(export)
    return "failed"
