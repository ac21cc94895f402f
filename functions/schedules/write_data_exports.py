"""Writes the exports of their data that people have asked for."""

from __future__ import annotations

import traceback
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microshop import read_only
from microshop.data_exports.unit_of_work import DataExportsUnitOfWork
from microshop.data_exports.writing import begin_next, finish, retry_later
from microshop.errors import ShopError
from microshop.platform import observability, settings
from microshop.platform.mysql import database
from microshop.platform.observability import MetricUnit
from microshop.platform.redis import redis

if TYPE_CHECKING:
    from microshop.data_exports.data_export import DataExport, DataExportStatus
    from microshop.platform.lambda_context import Deadline

# Time for one export: 10,000 orders take less than a minute.
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 120_000


def handler(_event: dict[str, Any], context: Deadline) -> dict[str, int]:
    """Returns the number of exports by their state after this run. Nothing is written while the shop is read-only.

    An export that fails does not block the next ones.
    """
    uow, outcomes = DataExportsUnitOfWork(database()), Counter[str]()
    _report_oldest(uow)
    if reason := read_only.current_reason():
        observability.log().info("no data is exported while the shop is read-only", reason=reason)
        return outcomes
    while context.get_remaining_time_in_millis() > _STOP_BEFORE_TIMEOUT_MILLISECONDS:
        export = begin_next(uow)
        if export is None:
            break
        state = export.state if export.state == "failed" else _write(export, uow)
        _report(export, state)
        outcomes[state] += 1
    return outcomes


def _write(export: DataExport, uow: DataExportsUnitOfWork) -> DataExportStatus:
    try:
        _write_object(export, uow)
        finish(export, uow)
    except Exception as error:  # noqa: BLE001 - the export is retried, whatever the error
        _report_error(error, export)
        return retry_later(export, uow)
    return "ready"


def _write_object(export: DataExport, uow: DataExportsUnitOfWork) -> None:
    from microshop.data_exports.store import write_object  # noqa: PLC0415 - boto3, which few runs need

    owner = uow.users.by_id(export.user_id)
    if owner is None:
        raise LookupError("the account no longer exists")
    write_object(
        export,
        owner,
        database=database(),
        redis=redis(),
        bucket=settings.text("EXPORT_BUCKET_NAME"),
        shop_name=settings.text("SHOP_NAME"),
    )


def _report(export: DataExport, state: DataExportStatus) -> None:
    fields = {"export_id": export.id, "user_id": export.user_id, "attempt": export.attempts, "state": state}
    if state == "failed":
        observability.log().error("a data export has failed", **fields)
        observability.count("data_exports_failed_total")
    else:
        observability.log().info("data export", **fields)


def _report_error(error: Exception, export: DataExport) -> None:
    # The message of an unexpected error may quote what is exported, so the log has only its type and its traceback.
    places = traceback.extract_tb(error.__traceback__)
    observability.log().error(
        "a data export could not be written",
        export_id=export.id,
        attempt=export.attempts,
        error=type(error).__name__,
        reason=str(error) if isinstance(error, ShopError) else None,
        traceback=[f"{Path(place.filename).name}:{place.lineno}" for place in places],
    )
    observability.count("system_errors_total", type="data_exports")


def _report_oldest(uow: DataExportsUnitOfWork) -> None:
    oldest = uow.exports.oldest_request()
    seconds = (datetime.now(UTC) - oldest).total_seconds() if oldest else 0
    observability.emit({"data_exports_oldest_seconds": (seconds, MetricUnit.Seconds)})
