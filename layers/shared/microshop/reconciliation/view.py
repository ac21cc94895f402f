"""A reconciliation's report as JSON: it is stored, and the function returns it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Only types: no function makes the classes below.
    from typing import TypedDict

    from microshop.reconciliation.report import Finding, Found, Report
    from microshop.view_types import Timestamp

    class FindingView(TypedDict):
        """One disagreement; `repair` is the sentence that says what the repair does, or did if `repaired`."""

        check: str
        subject: str
        explanation: str
        repair: str | None
        to_do: str
        repaired: bool

    class FoundView(TypedDict):
        """The first findings of a check, and how many there are in total."""

        total: int
        findings: list[FindingView]

    class WindowView(TypedDict):
        """The period that was checked."""

        since: Timestamp
        until: Timestamp

    class UncheckedView(TypedDict):
        """A check or provider that did not answer."""

        what: str
        reason: str

    class ReportView(TypedDict):
        """`totals` has the number of findings for each check that found something, and `checks` its sentence."""

        started_at: Timestamp
        finished_at: Timestamp
        window: WindowView
        disagreements: int
        repaired: int
        totals: dict[str, int]
        checks: dict[str, str]
        findings: list[FindingView]
        owed: FoundView
        foreign: int
        unavailable: list[UncheckedView]

    class ReconciliationView(ReportView):
        """What the function returns: the report and the id under which it is stored."""

        report_id: int


def report_view(report: Report, limit: int | None = None) -> ReportView:
    """Returns the report with at most `limit` findings."""
    return {
        "started_at": report.until.isoformat(),
        "finished_at": report.finished_at.isoformat(),
        "window": {"since": report.since.isoformat(), "until": report.until.isoformat()},
        "disagreements": report.disagreements,
        "repaired": report.repaired,
        "totals": {check.value: total for check, total in report.totals.items()},
        "checks": {check.value: check.sentence for check in report.totals},
        "findings": _findings_view(report.findings, limit),
        "owed": _found_view(report.owed, limit),
        "foreign": report.foreign,
        "unavailable": [{"what": each.what, "reason": each.reason} for each in report.unchecked],
    }


def _found_view(found: Found, limit: int | None) -> FoundView:
    return {"total": found.total, "findings": _findings_view(found.findings, limit)}


def _findings_view(findings: list[Finding], limit: int | None) -> list[FindingView]:
    return [
        {
            "check": finding.check.value,
            "subject": finding.subject,
            "explanation": finding.explanation,
            "repair": finding.repair.sentence if finding.repair else None,
            "to_do": finding.to_do,
            "repaired": finding.repaired,
        }
        for finding in findings[:limit]
    ]
