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
from microshop.reconciliation.check import Window
from microshop.reconciliation.queries import Books
from microshop.reconciliation.reconciling import reconcile
from microshop.reconciliation.repository import Reports
from microshop.reconciliation.unit_of_work import RepairsUnitOfWork
from microshop.reconciliation.view import report_view

if TYPE_CHECKING:
    from microshop.reconciliation.report import Report
    from microshop.reconciliation.view import ReconciliationView

_DAYS = 35
# Sums over millions of rows take long, and no client waits for them.
_READ_TIMEOUT_SECONDS = 120
# Long enough for a webhook in flight to arrive.
_RECHECK_AFTER_SECONDS = 20
_RETURNED_FINDINGS = 50
_LOGGED_SUBJECTS = 10


def handler(event: dict[str, Any], _context: Any) -> ReconciliationView:
    """Check the last days: `{"days": 35, "repair": false}`. Returns the report.

    Both fields are optional. `"days": null` means no limit; the default is RECONCILIATION_DAYS. The schedule sends
    neither, so it repairs nothing.

    Raises:
        ValueError: `days` is not a positive whole number.
    """
    repairs = event.get("repair") is True
    report = reconcile(
        _window(event),
        inboxes=json.loads(settings.text("INBOXES")),
        providers=automatic_providers(),
        find_provider=provider,
        wait=lambda: time.sleep(_RECHECK_AFTER_SECONDS),
        books=Books(_database()),
        uow=RepairsUnitOfWork(_database()),
        repairs=repairs,
    )
    _log(report)
    if repairs:
        log_action("repair", event, repaired=report.repaired)
    return {"report_id": Reports(_database()).add(report), **report_view(report, _RETURNED_FINDINGS)}


def _window(event: dict[str, Any]) -> Window:
    days = event["days"] if "days" in event else settings.integer("RECONCILIATION_DAYS", _DAYS)
    if days is not None and (not isinstance(days, int) or isinstance(days, bool) or days < 1):
        raise ValueError("days must be a positive whole number, or null for no limit")
    retention = timedelta(days=settings.outbox_retention_days())
    return Window.of_days(days, datetime.now(UTC), retention)


def _log(report: Report) -> None:
    for check, findings in report.by_check.items():
        if findings.total:
            fields = {"check": check, "total": findings.total, "remaining": findings.remaining}
            subjects = [finding.subject for finding in findings.listed[:_LOGGED_SUBJECTS]]
            observability.log().warning("disagreement", **fields, subjects=subjects)
    for unchecked in report.unchecked:
        observability.log().error("not reconciled", what=unchecked.name, reason=unchecked.reason)
    totals = {"disagreements": report.disagreements, "repaired": report.repaired, "owed": report.owed.total}
    observability.log().info("reconciled", **totals, foreign=report.foreign, unchecked=len(report.unchecked))
    observability.gauge("reconciliation_disagreements", report.disagreements)
    if report.unchecked:
        observability.count("system_errors_total", len(report.unchecked), type="reconciliation")


@functools.cache
def _database() -> Database:
    return Database(settings.database(), read_timeout_seconds=_READ_TIMEOUT_SECONDS)
