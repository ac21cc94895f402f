"""What a reconciliation finds: findings that people understand, and how many there are in total."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from microshop.reconciliation.check import CheckName, RepairName


@dataclass(frozen=True)
class Finding:
    """One disagreement.

    `repair` names the repair and `mend` runs it (returns whether it changed anything). `to_do` is the advice for a
    person where there is no repair or it changes nothing.
    """

    check: CheckName
    subject: str
    explanation: str
    to_do: str
    repair: RepairName | None = None
    repaired: bool = False
    mend: Callable[[], bool] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Found:
    """The first findings of a check, and how many there are in total."""

    findings: list[Finding]
    total: int

    @property
    def remaining(self) -> int:
        """Findings that were not repaired, including those that are not listed."""
        return self.total - sum(finding.repaired for finding in self.findings)


@dataclass(frozen=True)
class Unchecked:
    """A check or provider that did not answer, and why."""

    what: str
    reason: str


@dataclass(frozen=True)
class Report:
    """A finished reconciliation of the period from `since` to `until`.

    `foreign` counts payments, refunds and disputes of others on the accounts with the providers.
    """

    since: datetime
    until: datetime
    finished_at: datetime
    found: Mapping[CheckName, Found]
    owed: Found
    unchecked: tuple[Unchecked, ...]
    foreign: int = 0

    @property
    def findings(self) -> list[Finding]:
        """All findings that are listed."""
        return [finding for found in self.found.values() for finding in found.findings]

    @property
    def found_names(self) -> set[CheckName]:
        """The checks that found something."""
        return set(self.totals)

    @property
    def disagreements(self) -> int:
        """How many findings were not repaired."""
        return sum(found.remaining for found in self.found.values())

    @property
    def repaired(self) -> int:
        """How many findings were repaired."""
        return sum(finding.repaired for finding in self.findings)

    @property
    def totals(self) -> dict[CheckName, int]:
        """How many findings each check has, of those that found something."""
        return {check: found.total for check, found in self.found.items() if found.total}
