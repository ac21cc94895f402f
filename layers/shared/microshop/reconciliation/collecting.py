"""Collects the findings of a run, each thing once for each check, and repairs them on request."""

from __future__ import annotations

from copy import replace
from functools import partial
from typing import TYPE_CHECKING

from microshop.errors import ShopError
from microshop.platform.mysql_errors import ConstraintRefused, DuplicateKey
from microshop.reconciliation.check import CheckName, RepairName
from microshop.reconciliation.repairing import apply_provider_state, repair
from microshop.reconciliation.report import Finding, Findings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from microshop.platform.mysql import Row
    from microshop.reconciliation.check import Check
    from microshop.reconciliation.provider_check import ProviderDifference
    from microshop.reconciliation.queries import Books
    from microshop.reconciliation.unit_of_work import RepairsUnitOfWork

# People need to see some findings of a check, and the total number.
MAX_FINDINGS = 100

_NOTHING = Findings([], 0)


class Collector:
    """The findings of a run so far. With `repairs`, those that are listed are repaired as soon as they are found."""

    def __init__(self, books: Books, uow: RepairsUnitOfWork, *, repairs: bool) -> None:
        self._books, self._uow, self._repairs = books, uow, repairs
        self._by_check: dict[CheckName, Findings] = {}
        self._counted: dict[str, set[int]] = {}

    @property
    def by_check(self) -> dict[CheckName, Findings]:
        """The disagreements."""
        return {name: found for name, found in self._by_check.items() if name is not CheckName.MANUAL_REFUND_DUE}

    @property
    def owed(self) -> Findings:
        """The refunds that people must make."""
        return self._by_check.get(CheckName.MANUAL_REFUND_DUE, _NOTHING)

    def add_from_slice(self, check: Check, rows: Sequence[Row], ids: set[int]) -> None:
        """Add rows of a slice about the things with these `ids`, without things that an earlier slice had."""
        assert check.about is not None  # noqa: S101 - only such checks read slices
        counted = self._counted.setdefault(check.scoped_name, set())
        new = [row for row in rows if row[check.about.id_field] not in counted]
        counted |= ids
        self.add(check, new, len(new))

    def add(self, check: Check, rows: Sequence[Row], total: int) -> None:
        """Add the first rows of a check, and count all."""
        listed = (self._finding(check, row) for row in rows[: self._room(check.name)])
        self._add(check.name, listed, total)

    def add_differences(self, differences: Sequence[ProviderDifference]) -> None:
        """Add differences from a provider."""
        by_check: dict[CheckName, list[Finding]] = {}
        for difference in differences:
            finding = self._difference(difference)
            by_check.setdefault(finding.check, []).append(finding)
        for name, findings in by_check.items():
            self._add(name, findings[: self._room(name)], len(findings))

    def _room(self, name: CheckName) -> int:
        return MAX_FINDINGS - len(self._by_check.get(name, _NOTHING).listed)

    def _add(self, name: CheckName, listed: Iterable[Finding], total: int) -> None:
        before = self._by_check.get(name, _NOTHING)
        more = [_repair(finding) if self._repairs else finding for finding in listed]
        self._by_check[name] = Findings([*before.listed, *more], before.total + total)

    def _finding(self, check: Check, row: Row) -> Finding:
        subject = check.subject_of(row)
        return Finding(
            check=check.name,
            subject=subject,
            explanation=check.explain(row),
            to_do=check.to_do,
            repair=check.repair,
            run_repair=partial(repair, check.repair, subject, row, self._uow) if check.repair else None,
        )

    def _difference(self, found: ProviderDifference) -> Finding:
        difference, apply = found.difference, partial(apply_provider_state, found, self._books, self._uow)
        return Finding(
            check=difference.check,
            subject=difference.subject,
            explanation=difference.explanation,
            to_do=difference.to_do,
            repair=RepairName.APPLY_PROVIDER_STATE if difference.is_repairable else None,
            run_repair=apply if difference.is_repairable else None,
        )


def _repair(finding: Finding) -> Finding:
    if finding.run_repair is None:
        return finding
    try:
        return replace(finding, repaired=finding.run_repair())
    except (ShopError, DuplicateKey, ConstraintRefused) as error:
        return replace(finding, to_do=f"The repair failed ({type(error).__name__}: {error}). {finding.to_do}")
