"""Reconciles the books on schedule or for an operator. Reports disagreements, and repairs them on request."""

from __future__ import annotations

import functools
import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from microshop.operator_actions import log_action
from microshop.payments.providers import automatic_providers, provider
from microshop.platform import observability, settings
from microshop.platform.mysql import Database
from microshop.reconciliation.change_queries import ChangeQueries
from microshop.reconciliation.check import Extent, Window
from microshop.reconciliation.progress_repository import Progress
from microshop.reconciliation.queries import Books
from microshop.reconciliation.reconciling import reconcile
from microshop.reconciliation.repository import Reports
from microshop.reconciliation.unit_of_work import RepairsUnitOfWork
from microshop.reconciliation.view import report_view

if TYPE_CHECKING:
    from microshop.platform.lambda_context import Deadline
    from microshop.reconciliation.report import Report
    from microshop.reconciliation.view import ReconciliationView

_DAYS = 35
# A slice takes a second at most, also on a busy server.
_READ_TIMEOUT_SECONDS = 30
# Time to finish a query or a page of the provider's list, and to store the report.
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 60_000
# The rest of Lambda's 15 minutes is for the provider's lists.
_MAX_SECONDS_FOR_SLICES = 600
# Long enough for a webhook in flight to arrive.
_RECHECK_AFTER_SECONDS = 20
_RETURNED_FINDINGS = 50
_LOGGED_SUBJECTS = 10
_SECONDS_A_DAY = 86_400


def handler(event: dict[str, Any], context: Deadline) -> ReconciliationView:
    """Compare the books: `{"days": 35, "full": false, "seconds": 600, "repair": false}`. Returns the report.

    All fields are optional. The schedule sends none: it compares what has changed since the last run, what disagreed in
    it, and a part of everything. `"days"` is a period instead, `"full": true` everything. A full run that has not
    finished after `"seconds"` continues with the next one. `"days": null` is a full run that also compares all payments
    ever made with the provider; the other runs compare RECONCILIATION_DAYS. Without `"repair"`, nothing is repaired.

    Raises:
        ValueError: `days` or `seconds` is not a positive whole number.
    """
    repairs = event.get("repair") is True
    window, stop_after = _window(event), time.monotonic() + _seconds(event)
    database = _database()

    def is_nearly_over() -> bool:
        return context.get_remaining_time_in_millis() < _STOP_BEFORE_TIMEOUT_MILLISECONDS

    report = reconcile(
        window,
        inboxes=json.loads(settings.text("INBOXES")),
        providers=automatic_providers(),
        find_provider=provider,
        wait=lambda: time.sleep(_RECHECK_AFTER_SECONDS),
        books=Books(database),
        changes=ChangeQueries(database),
        progress=Progress(database),
        uow=RepairsUnitOfWork(database),
        repairs=repairs,
        must_stop=lambda: time.monotonic() > stop_after or is_nearly_over(),
        must_end=is_nearly_over,
    )
    _log(report)
    if repairs:
        log_action("repair", event, repaired=report.repaired)
    return {"report_id": Reports(database).add(report), **report_view(report, _RETURNED_FINDINGS)}


def _window(event: dict[str, Any]) -> Window:
    days: int | None = settings.integer("RECONCILIATION_DAYS", _DAYS)
    extent = Extent.NIGHTLY
    if "days" in event:
        days, extent = event["days"], Extent.PERIOD
    if days is not None and not _is_positive(days):
        raise ValueError("days must be a positive whole number, or null for no limit")
    if days is None or event.get("full") is True:
        extent = Extent.FULL
    retention = timedelta(days=settings.outbox_retention_days())
    return Window.of_days(days, datetime.now(UTC), retention, extent=extent)


def _seconds(event: dict[str, Any]) -> int:
    seconds: int = event.get("seconds", _MAX_SECONDS_FOR_SLICES)
    if not _is_positive(seconds):
        raise ValueError("seconds must be a positive whole number")
    return seconds


def _is_positive(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and number >= 1


def _log(report: Report) -> None:
    for check, findings in report.by_check.items():
        if findings.total:
            fields = {"check": check, "total": findings.total, "remaining": findings.remaining}
            subjects = [finding.subject for finding in findings.listed[:_LOGGED_SUBJECTS]]
            observability.log().warning("disagreement", **fields, subjects=subjects)
    for unchecked in report.unchecked:
        observability.log().error("not reconciled", what=unchecked.name, reason=unchecked.reason)
    totals = {"disagreements": report.disagreements, "repaired": report.repaired, "owed": report.owed.total}
    left = {each.name: each.rows_read for each in report.remaining}
    missed = {"unchecked": len(report.unchecked), "remaining": left}
    observability.log().info("reconciled", **totals, foreign=report.foreign, extent=report.extent, **missed)
    if report.disagreements or report.shows_agreement:
        observability.gauge("reconciliation_disagreements", report.disagreements)
    if report.covered_since is not None:
        age = (report.until - report.covered_since).total_seconds() / _SECONDS_A_DAY
        observability.gauge("reconciliation_coverage_days", age)
    if report.unchecked:
        observability.count("system_errors_total", len(report.unchecked), type="reconciliation")


@functools.cache
def _database() -> Database:
    return Database(settings.database(), read_timeout_seconds=_READ_TIMEOUT_SECONDS)
