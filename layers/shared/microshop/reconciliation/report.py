"""What a reconciliation reports: findings that people understand, and how many there are in all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One disagreement. `repair` is what a repair does about it, `to_do` what a person should where it does nothing.

    `facts` is what a repair is given; it stays out of what is stored and shown.
    """

    check: str
    subject: str
    says: str
    to_do: str
    repair: str | None = None
    repaired: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    repair_name: str | None = field(default=None, compare=False)

    @property
    def shown(self) -> dict[str, object]:
        """As it is stored and answered."""
        return {
            "check": self.check,
            "subject": self.subject,
            "explanation": self.says,
            "repair": self.repair,
            "to_do": self.to_do,
            "repaired": self.repaired,
        }


@dataclass(frozen=True)
class Found:
    """The first findings of a check, and how many there are in all."""

    findings: list[Finding]
    total: int

    @property
    def remaining(self) -> int:
        """Those that were not repaired, the unseen ones included."""
        return self.total - sum(finding.repaired for finding in self.findings)


@dataclass(frozen=True)
class Unchecked:
    """Something that could not be looked at, and why."""

    what: str
    reason: str


@dataclass(frozen=True)
class Report:
    """A finished reconciliation of what lies between `since` and `until`."""

    since: datetime
    until: datetime
    finished_at: datetime
    found: Mapping[str, Found]
    owed: Found
    unchecked: tuple[Unchecked, ...]

    @property
    def findings(self) -> list[Finding]:
        """All findings that are listed."""
        return [finding for found in self.found.values() for finding in found.findings]

    @property
    def found_names(self) -> set[str]:
        """The checks that have found something."""
        return set(self.totals)

    @property
    def disagreements(self) -> int:
        """How many there are in all that were not repaired."""
        return sum(found.remaining for found in self.found.values())

    @property
    def repaired(self) -> int:
        """How many were repaired."""
        return sum(finding.repaired for finding in self.findings)

    @property
    def totals(self) -> dict[str, int]:
        """How many each check has found."""
        return {check: found.total for check, found in self.found.items() if found.total}

    def shown(self, limit: int | None = None) -> dict[str, object]:
        """As it is stored, or with at most `limit` findings as it is answered."""
        return {
            "started_at": self.until.isoformat(),
            "finished_at": self.finished_at.isoformat(),
            "window": {"since": self.since.isoformat(), "until": self.until.isoformat()},
            "disagreements": self.disagreements,
            "repaired": self.repaired,
            "totals": self.totals,
            "findings": [finding.shown for finding in self.findings[:limit]],
            "owed": {
                "total": self.owed.total,
                "findings": [finding.shown for finding in self.owed.findings[:limit]],
            },
            "unavailable": [{"what": each.what, "reason": each.reason} for each in self.unchecked],
        }
