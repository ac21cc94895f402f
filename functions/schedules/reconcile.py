"""Reconciliation, scheduled or started by an operator: reports where the books disagree, and repairs on request."""

from __future__ import annotations

import functools
import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from microshop.operator_actions import note_action
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
# By then, a webhook that was on its way has arrived.
_SECOND_LOOK_AFTER_SECONDS = 20
_RETURNED_FINDINGS = 50
_LOGGED_SUBJECTS = 10


def handler(event: dict[str, Any], _context: Any) -> ReconciliationView:
    """Check `{"days": 35, "repair": false}`, both optional; `"days": null` means no limit. Returns the report.

    The schedule's event has neither: it checks RECONCILIATION_DAYS and repairs nothing.

    Raises:
        ValueError: `days` is no whole number from 1 on.
    """
    repairs = event.get("repair") is True
    report = reconcile(
        _window(event),
        inboxes=json.loads(settings.text("INBOXES")),
        providers=automatic_providers(),
        find_provider=provider,
        wait=lambda: time.sleep(_SECOND_LOOK_AFTER_SECONDS),
        books=Books(_database()),
        uow=RepairsUnitOfWork(_database()),
        repairs=repairs,
    )
    _log(report)
    if repairs:
        note_action("repair", event, repaired=report.repaired)
    return {"report_id": Reports(_database()).add(report), **report_view(report, _RETURNED_FINDINGS)}


def _window(event: dict[str, Any]) -> Window:
    days = event["days"] if "days" in event else settings.integer("RECONCILIATION_DAYS", _DAYS)
    if days is not None and (not isinstance(days, int) or isinstance(days, bool) or days < 1):
        raise ValueError("days must be a whole number from 1 on, or null for no limit")
    kept = timedelta(days=settings.outbox_retention_days())
    return Window.of_days(days, datetime.now(UTC), kept)


def _log(report: Report) -> None:
    for check, found in report.found.items():
        if found.total:
            fields = {"check": check, "total": found.total, "remaining": found.remaining}
            subjects = [finding.subject for finding in found.findings[:_LOGGED_SUBJECTS]]
            observability.log().warning("disagreement", **fields, subjects=subjects)
    for unchecked in report.unchecked:
        observability.log().error("not reconciled", what=unchecked.what, reason=unchecked.reason)
    totals = {"disagreements": report.disagreements, "repaired": report.repaired, "owed": report.owed.total}
    observability.log().info("reconciled", **totals, foreign=report.foreign, unchecked=len(report.unchecked))
    observability.gauge("reconciliation_disagreements", report.disagreements)
    if report.unchecked:
        observability.count("system_errors_total", len(report.unchecked), type="reconciliation")


@functools.cache
def _database() -> Database:
    return Database(settings.database(), read_timeout_seconds=_READ_TIMEOUT_SECONDS)
