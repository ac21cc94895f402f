"""The use case of reconciliation: run every check, make safe repairs on request, and report."""

from __future__ import annotations

from copy import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from microshop.errors import ShopError, Unavailable
from microshop.platform.mysql_errors import ConstraintRefused, DuplicateKey
from microshop.reconciliation.check import RepairName
from microshop.reconciliation.dispute_queries import DISPUTE_CHECKS
from microshop.reconciliation.money_queries import MONEY_CHECKS
from microshop.reconciliation.order_queries import ORDER_CHECKS
from microshop.reconciliation.overdue_queries import OWED, overdue_checks
from microshop.reconciliation.payment_queries import PAYMENT_CHECKS
from microshop.reconciliation.provider_check import ProviderCheck
from microshop.reconciliation.repairing import apply_provider_state, repair
from microshop.reconciliation.report import Finding, Findings, Report, Unchecked
from microshop.reconciliation.stock_queries import STOCK_CHECKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from microshop.payments.providers.port import FindProvider
    from microshop.platform.mysql import Row
    from microshop.reconciliation.check import Check, CheckName, Window
    from microshop.reconciliation.overdue_queries import Inboxes
    from microshop.reconciliation.provider_check import ProviderDifference
    from microshop.reconciliation.queries import Books
    from microshop.reconciliation.unit_of_work import RepairsUnitOfWork

# People need to see some findings of a check, and the total number.
MAX_FINDINGS = 100

# These compare data that one transaction changes together, so they hold at any moment. The other checks find overdue
# work.
BOOK_CHECKS = (*STOCK_CHECKS, *ORDER_CHECKS, *PAYMENT_CHECKS, *MONEY_CHECKS, *DISPUTE_CHECKS)

_NOTHING = Findings([], 0)


def reconcile(
    window: Window,
    *,
    inboxes: Inboxes,
    providers: tuple[str, ...],
    find_provider: FindProvider,
    wait: Callable[[], object],
    books: Books,
    uow: RepairsUnitOfWork,
    repairs: bool = False,
) -> Report:
    """Compare all books with each other and with the payment providers. Make the safe repairs if `repairs`.

    Differences from a provider are compared again after `wait`. If a query or a provider does not answer in time, the
    report names it, and the others are still checked.
    """
    by_check: dict[CheckName, Findings] = {}
    unchecked: list[Unchecked] = []
    foreign = 0

    def add(name: CheckName, findings: Findings) -> None:
        before, more = by_check.get(name, _NOTHING), _repair_all(findings) if repairs else findings
        by_check[name] = Findings([*before.listed, *more.listed], before.total + more.total)

    for check in all_checks(inboxes):
        try:
            add(check.name, _run(check, window, books, uow))
        except Unavailable as error:
            unchecked.append(Unchecked(check.scoped_name, str(error)))
    for provider in providers:
        try:
            provider_check = ProviderCheck(provider, find_provider(provider), books, wait)
            differences = provider_check.differences(window)
        except ShopError as error:
            unchecked.append(Unchecked(f"provider:{provider}", str(error)))
            continue
        foreign += provider_check.foreign
        for name, findings in _findings_by_check(differences, books, uow).items():
            add(name, findings)
    owed = _NOTHING
    try:
        owed = _run(OWED, window, books, uow)
    except Unavailable as error:
        unchecked.append(Unchecked(OWED.name, str(error)))
    return Report(window.since, window.now, datetime.now(UTC), by_check, owed, tuple(unchecked), foreign)


def all_checks(inboxes: Inboxes) -> tuple[Check, ...]:
    """Returns every check that does not need a provider."""
    return (*BOOK_CHECKS, *overdue_checks(inboxes))


def _run(check: Check, window: Window, books: Books, uow: RepairsUnitOfWork) -> Findings:
    rows, total = books.run(check, window, MAX_FINDINGS)
    return Findings([_finding(check, row, uow) for row in rows], total)


def _finding(check: Check, row: Row, uow: RepairsUnitOfWork) -> Finding:
    subject = check.subject_of(row)
    return Finding(
        check=check.name,
        subject=subject,
        explanation=check.explain(row),
        to_do=check.to_do,
        repair=check.repair,
        run_repair=partial(repair, check.repair, subject, row, uow) if check.repair else None,
    )


def _findings_by_check(
    differences: list[ProviderDifference], books: Books, uow: RepairsUnitOfWork
) -> dict[CheckName, Findings]:
    by_check: dict[CheckName, list[Finding]] = {}
    for provider_difference in differences:
        difference = provider_difference.difference
        finding = Finding(
            check=difference.check,
            subject=difference.subject,
            explanation=difference.explanation,
            to_do=difference.to_do,
            repair=RepairName.APPLY_PROVIDER_STATE if difference.is_repairable else None,
            run_repair=partial(apply_provider_state, provider_difference, books, uow)
            if difference.is_repairable
            else None,
        )
        by_check.setdefault(difference.check, []).append(finding)
    return {name: Findings(findings[:MAX_FINDINGS], len(findings)) for name, findings in by_check.items()}


def _repair_all(findings: Findings) -> Findings:
    return Findings([_repair(finding) for finding in findings.listed], findings.total)


def _repair(finding: Finding) -> Finding:
    if finding.run_repair is None:
        return finding
    try:
        return replace(finding, repaired=finding.run_repair())
    except (ShopError, DuplicateKey, ConstraintRefused) as error:
        return replace(finding, to_do=f"The repair failed ({type(error).__name__}: {error}). {finding.to_do}")
