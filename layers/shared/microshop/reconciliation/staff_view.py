"""The latest report and a repair as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microshop.reconciliation.check import RepairName

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from collections.abc import Mapping, Sequence
    from typing import TypedDict

    from microshop.reconciliation.staff_repairs import StaffRepair
    from microshop.view_types import Id, NotNegative, Timestamp

    class DisagreementView(TypedDict):
        """A disagreement about a thing such as `product:17`.

        `repair` describes what the repair changes, or has changed if it was `repaired`. `repairable` ones can be
        repaired here; repairs with the payment provider's state need an operator.
        """

        subject: str
        explanation: str
        repair: str | None
        repairable: bool
        repaired: bool
        to_do: str

    class CheckResultView(TypedDict):
        """The first disagreements that a check found, and their number."""

        check: str
        sentence: str
        found: NotNegative
        disagreements: list[DisagreementView]

    class UnreachedPart(TypedDict):
        """A check or provider that did not answer, or a table that was not read to its end, and why."""

        part: str
        reason: str

    class ReconciliationReport(TypedDict):
        """A run. All rows of the shop were read at `oldest_read_at` or later; null before the first whole pass."""

        id: Id
        extent: str
        started_at: Timestamp
        finished_at: Timestamp
        oldest_read_at: Timestamp | None
        disagreements: NotNegative
        repaired: NotNegative
        checks: list[CheckResultView]
        owed: CheckResultView
        unreached: list[UnreachedPart]

    class ReconciliationState(TypedDict):
        """The latest report; null before the first run."""

        report: ReconciliationReport | None

    class RepairResult(TypedDict):
        """What the check found now, and how much of it was repaired. `to_do` is for a person; null if all was."""

        check: str
        subject: str
        found: NotNegative
        repaired: NotNegative
        to_do: str | None


_MAX_LISTED = 20  # of each check; the stored report has up to 100
_OWED = "manual_refund_due"
_OWED_SENTENCE = "Money is due to a customer, and only a person can refund it."


def reconciliation_state_view(latest: tuple[int, Mapping[str, Any]] | None) -> ReconciliationState:
    """Returns the latest report, which view.py has stored."""
    return {"report": _report(*latest) if latest else None}


def repair_result_view(result: StaffRepair) -> RepairResult:
    """Returns the result of a repair."""
    return {
        "check": result.check,
        "subject": result.subject,
        "found": result.found,
        "repaired": result.repaired,
        "to_do": result.to_do,
    }


def _report(id_: int, stored: Mapping[str, Any]) -> ReconciliationReport:
    findings, owed = stored["findings"], stored["owed"]
    unanswered: list[UnreachedPart] = [
        {"part": each["what"], "reason": each["reason"]} for each in stored["unavailable"]
    ]
    unread: list[UnreachedPart] = [
        {
            "part": each["what"],
            "reason": f"{each['rows_read']} of about {each['expected_rows'] or 'unknown'} rows were read",
        }
        for each in stored["remaining"]
    ]
    return {
        "id": id_,
        "extent": stored["extent"],
        "started_at": stored["started_at"],
        "finished_at": stored["finished_at"],
        "oldest_read_at": stored["covered_since"],
        "disagreements": stored["disagreements"],
        "repaired": stored["repaired"],
        "checks": [
            _check(name, stored["checks"][name], total, [each for each in findings if each["check"] == name])
            for name, total in stored["totals"].items()
        ],
        "owed": _check(_OWED, _OWED_SENTENCE, owed["total"], owed["findings"]),
        "unreached": [*unanswered, *unread],
    }


def _check(name: str, sentence: str, total: int, findings: Sequence[Mapping[str, Any]]) -> CheckResultView:
    return {
        "check": name,
        "sentence": sentence,
        "found": total,
        "disagreements": [
            {
                "subject": each["subject"],
                "explanation": each["explanation"],
                "repair": each["repair"],
                "repairable": not each["repaired"] and each["repair"] not in _NOT_HERE,
                "repaired": each["repaired"],
                "to_do": each["to_do"],
            }
            for each in findings[:_MAX_LISTED]
        ],
    }


_NOT_HERE = (None, RepairName.APPLY_PROVIDER_STATE.sentence)
