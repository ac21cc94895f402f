"""Use case that creates an export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.changes import changed_fields
from microshop.exports.exporting import write_export
from microshop.scopes import MANAGE_STAFF

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from microshop.caller import Caller
    from microshop.exports.exporting import Export, File
    from microshop.exports.period import Kind, Period, Progress
    from microshop.exports.unit_of_work import ExportsUnitOfWork
    from microshop.scopes import Scope

# The scopes of kinds that need more than that of the endpoint.
_SCOPES: Mapping[Kind, Scope] = {"audit-log": MANAGE_STAFF}


def create_export(
    caller: Caller, period: Period, progress: Progress, file: AbstractContextManager[File], uow: ExportsUnitOfWork
) -> Export:
    """Write one file and its row of the audit log. Nobody gets the link to a file without a row.

    Raises:
        Forbidden: the kind of rows needs a scope that the caller does not have.
    """
    if period.kind in _SCOPES:
        caller.require(_SCOPES[period.kind])
    export = write_export(period, progress, uow.rows, file)
    made = {
        "kind": period.kind,
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "file": progress.number,
        "rows": export.rows,
    }
    with uow:
        uow.audit.record(caller, "export.create", "export", None, changed_fields({}, made))
        uow.commit()
    return export
