"""The report of a reconciliation: findings in words for people, and their total numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.reconciliation.check import Extent
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from microshop.reconciliation.check import CheckName, RepairName


class Finding(Value, hidden={"run_repair"}):
    """One disagreement.

    `repair` names the repair; `run_repair` runs it and returns whether it changed anything. `to_do` is the advice for a
    person if there is no repair or the repair changes nothing.
    """

    check: CheckName
    subject: str
    explanation: str
    to_do: str
    repair: RepairName | None = None
    repaired: bool = False
    run_repair: Callable[[], bool] | None = None


class Findings(Value):
    """The first findings of a check, and the total number."""

    listed: list[Finding]
    total: int

    @property
    def remaining(self) -> int:
        """The number of findings that were not repaired, including those that are not listed."""
        return self.total - sum(finding.repaired for finding in self.listed)


class Unchecked(Value):
    """A check or provider that did not answer, and why."""

    name: str
    reason: str


class Remaining(Value):
    """A table of which the run did not read its part, because its time was over. The next run continues there.

    `expected_rows` is the size of the table in the last pass over it, or None before the first.
    """

    name: str
    rows_read: int
    expected_rows: int | None


class Report(Value):
    """A reconciliation of the time from `since` to `until`.

    `foreign` counts payments, refunds and disputes on the provider accounts that belong to others. All rows were read
    since `covered_since`, or are to be read in the first pass, which began then.
    """

    since: datetime
    until: datetime
    finished_at: datetime
    by_check: Mapping[CheckName, Findings]
    owed: Findings
    unchecked: tuple[Unchecked, ...]
    foreign: int = 0
    extent: Extent = Extent.FULL
    remaining: tuple[Remaining, ...] = ()
    covered_since: datetime | None = None

    @property
    def shows_agreement(self) -> bool:
        """Whether no disagreement in the report means that none is known. A period shows only itself."""
        has_all = self.extent is Extent.NIGHTLY or (self.extent is Extent.FULL and not self.remaining)
        return has_all and not self.unchecked

    @property
    def findings(self) -> list[Finding]:
        """All listed findings."""
        return [finding for findings in self.by_check.values() for finding in findings.listed]

    @property
    def checks_with_findings(self) -> set[CheckName]:
        """The checks that found disagreements."""
        return set(self.totals)

    @property
    def disagreements(self) -> int:
        """The number of findings that were not repaired."""
        return sum(findings.remaining for findings in self.by_check.values())

    @property
    def repaired(self) -> int:
        """The number of repaired findings."""
        return sum(finding.repaired for finding in self.findings)

    @property
    def totals(self) -> dict[CheckName, int]:
        """The number of findings by check, without checks that found none."""
        return {check: findings.total for check, findings in self.by_check.items() if findings.total}
