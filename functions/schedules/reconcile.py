"""The schedule of reconciliation: proves that the books agree, or says where they do not; repairs when asked to."""

import functools
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from microshop.operator_actions import note_action
from microshop.payments.providers import automatic_providers, provider
from microshop.platform import observability, settings
from microshop.platform.mysql import Database
from microshop.reconciliation.check import Window
from microshop.reconciliation.report import Report
from microshop.reconciliation.repository import Reports
from microshop.reconciliation.service import reconcile

_DAYS = 35
# Sums over millions of rows take their time, and nobody waits for the answer.
_READ_TIMEOUT_SECONDS = 120
# A webhook that is on its way to the shop has arrived by then.
_SECOND_LOOK_AFTER_SECONDS = 20
_ANSWERED_FINDINGS = 50
_LOGGED_SUBJECTS = 10


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """`{"days": 35, "repair": false}`, both optional; `"days": null` is all there is. The report, and its id.

    A schedule's own event has neither: it looks back RECONCILIATION_DAYS and repairs nothing.
    """
    report = reconcile(
        _window(event),
        _database(),
        providers=automatic_providers(),
        find_provider=provider,
        wait=lambda: time.sleep(_SECOND_LOOK_AFTER_SECONDS),
        repairs=event.get("repair") is True,
    )
    _tell(report)
    if event.get("repair") is True:
        note_action("repair", event, repaired=report.repaired)
    return {"report_id": Reports(_database()).add(report), **report.shown(_ANSWERED_FINDINGS)}


def _window(event: dict[str, Any]) -> Window:
    days = event["days"] if "days" in event else settings.integer("RECONCILIATION_DAYS", _DAYS)
    if days is not None and (not isinstance(days, int) or isinstance(days, bool) or days < 1):
        raise ValueError("days must be a whole number from 1 on, or null for all there is")
    kept = timedelta(days=settings.outbox_retention_days())
    return Window.of_days(days, datetime.now(UTC), kept)


def _tell(report: Report) -> None:
    for check, found in report.found.items():
        if found.total:
            fields = {"check": check, "total": found.total, "remaining": found.remaining}
            subjects = [finding.subject for finding in found.findings[:_LOGGED_SUBJECTS]]
            observability.log().warning("disagreement", **fields, subjects=subjects)
    for unchecked in report.unchecked:
        observability.log().error("not reconciled", what=unchecked.what, reason=unchecked.reason)
    totals = {"disagreements": report.disagreements, "repaired": report.repaired, "owed": report.owed.total}
    observability.log().info("reconciled", **totals, unchecked=len(report.unchecked))
    observability.gauge("reconciliation_disagreements", report.disagreements)
    if report.unchecked:
        observability.count("system_errors_total", len(report.unchecked), type="reconciliation")


@functools.cache
def _database() -> Database:
    return Database(settings.database(), read_timeout_seconds=_READ_TIMEOUT_SECONDS)
