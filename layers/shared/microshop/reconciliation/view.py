"""A reconciliation's report as JSON. It is stored in this form, and the function returns it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Types only: no function loads the classes below.
    from typing import TypedDict

    from microshop.reconciliation.report import Finding, Findings, Report
    from microshop.view_types import Timestamp

    class FindingView(TypedDict):
        """One disagreement; `repair` describes what the repair would change, or has changed if `repaired`."""

        check: str
        subject: str
        explanation: str
        repair: str | None
        to_do: str
        repaired: bool

    class FindingsView(TypedDict):
        """The first findings of a check, and the total number."""

        total: int
        findings: list[FindingView]

    class WindowView(TypedDict):
        """The period that was checked."""

        since: Timestamp
        until: Timestamp

    class RemainingView(TypedDict):
        """A table of which the run did not read its part; `expected_rows` is its size in the last pass."""

        what: str
        rows_read: int
        expected_rows: int | None

    class UncheckedView(TypedDict):
        """A check or provider that did not answer."""

        what: str
        reason: str

    class ReportView(TypedDict):
        """A report. `totals` has the number of findings of each check that found any, `checks` its sentence.

        `extent` is nightly, period or full. All rows were read since `covered_since`.
        """

        started_at: Timestamp
        finished_at: Timestamp
        window: WindowView
        disagreements: int
        repaired: int
        totals: dict[str, int]
        checks: dict[str, str]
        findings: list[FindingView]
        owed: FindingsView
        foreign: int
        unavailable: list[UncheckedView]
        extent: str
        remaining: list[RemainingView]
        covered_since: Timestamp | None

    class ReconciliationView(ReportView):
        """The function's result: the report and its id in the database."""

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
        "findings": _list_view(report.findings, limit),
        "owed": _findings_view(report.owed, limit),
        "foreign": report.foreign,
        "unavailable": [{"what": unchecked.name, "reason": unchecked.reason} for unchecked in report.unchecked],
        "extent": report.extent.value,
        "remaining": [
            {"what": each.name, "rows_read": each.rows_read, "expected_rows": each.expected_rows}
            for each in report.remaining
        ],
        "covered_since": report.covered_since.isoformat() if report.covered_since else None,
    }


def _findings_view(findings: Findings, limit: int | None) -> FindingsView:
    return {"total": findings.total, "findings": _list_view(findings.listed, limit)}


def _list_view(findings: list[Finding], limit: int | None) -> list[FindingView]:
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
