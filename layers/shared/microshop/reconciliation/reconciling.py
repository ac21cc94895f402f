"""The use case of reconciliation: run every check, repair what is safe if asked to, and report."""

from __future__ import annotations

from dataclasses import replace
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
from microshop.reconciliation.provider_checking import ProviderCheck
from microshop.reconciliation.repairing import repair, settle
from microshop.reconciliation.report import Finding, Found, Report, Unchecked
from microshop.reconciliation.stock_queries import STOCK_CHECKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from microshop.payments.providers.port import FindProvider
    from microshop.platform.mysql import Row
    from microshop.reconciliation.check import Check, CheckName, Window
    from microshop.reconciliation.overdue_queries import Inboxes
    from microshop.reconciliation.provider_checking import ProviderDifference
    from microshop.reconciliation.queries import Books
    from microshop.reconciliation.unit_of_work import RepairsUnitOfWork

# People need to see some findings of a check, and to know how many there are.
MOST_FINDINGS = 100

# What one transaction changes together agrees at any moment; the other checks are about what should have happened by
# now.
BOOK_CHECKS = (*STOCK_CHECKS, *ORDER_CHECKS, *PAYMENT_CHECKS, *MONEY_CHECKS, *DISPUTE_CHECKS)

_NOTHING = Found([], 0)


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
    """Compare all books with each other and with the payment providers, and repair what is safe if `repairs`.

    What differs from a provider is compared again after `wait`. The report names each query and each provider that
    does not answer in time; everything else is checked.
    """
    found: dict[CheckName, Found] = {}
    unchecked: list[Unchecked] = []
    foreign = 0

    def add(name: CheckName, of_check: Found) -> None:
        before, more = found.get(name, _NOTHING), _repaired(of_check) if repairs else of_check
        found[name] = Found([*before.findings, *more.findings], before.total + more.total)

    for check in all_checks(inboxes):
        try:
            add(check.name, _run(check, window, books, uow))
        except Unavailable as error:
            unchecked.append(Unchecked(check.what, str(error)))
    for provider in providers:
        try:
            check_of_provider = ProviderCheck(provider, find_provider(provider), books, wait)
            differences = check_of_provider.differences(window)
        except ShopError as error:
            unchecked.append(Unchecked(f"provider:{provider}", str(error)))
            continue
        foreign += check_of_provider.foreign
        for name, of_check in _by_check(differences, books, uow).items():
            add(name, of_check)
    owed = _NOTHING
    try:
        owed = _run(OWED, window, books, uow)
    except Unavailable as error:
        unchecked.append(Unchecked(OWED.name, str(error)))
    return Report(window.since, window.now, datetime.now(UTC), found, owed, tuple(unchecked), foreign)


def all_checks(inboxes: Inboxes) -> tuple[Check, ...]:
    """Every check but those at a provider."""
    return (*BOOK_CHECKS, *overdue_checks(inboxes))


def _run(check: Check, window: Window, books: Books, uow: RepairsUnitOfWork) -> Found:
    rows, total = books.run(check, window, MOST_FINDINGS)
    return Found([_finding(check, row, uow) for row in rows], total)


def _finding(check: Check, row: Row, uow: RepairsUnitOfWork) -> Finding:
    subject = check.subject_of(row)
    return Finding(
        check=check.name,
        subject=subject,
        explanation=check.explain(row),
        to_do=check.to_do,
        repair=check.repair,
        mend=partial(repair, check.repair, subject, row, uow) if check.repair else None,
    )


def _by_check(differences: list[ProviderDifference], books: Books, uow: RepairsUnitOfWork) -> dict[CheckName, Found]:
    checks: dict[CheckName, list[Finding]] = {}
    for each in differences:
        difference = each.difference
        finding = Finding(
            check=difference.check,
            subject=difference.subject,
            explanation=difference.explanation,
            to_do=difference.to_do,
            repair=RepairName.APPLY_PROVIDER_STATE if difference.settles else None,
            mend=partial(settle, each, books, uow) if difference.settles else None,
        )
        checks.setdefault(difference.check, []).append(finding)
    return {name: Found(findings[:MOST_FINDINGS], len(findings)) for name, findings in checks.items()}


def _repaired(found: Found) -> Found:
    return Found([_tried(finding) for finding in found.findings], found.total)


def _tried(finding: Finding) -> Finding:
    if finding.mend is None:
        return finding
    try:
        return replace(finding, repaired=finding.mend())
    except (ShopError, DuplicateKey, ConstraintRefused) as error:
        return replace(finding, to_do=f"The repair failed ({type(error).__name__}: {error}). {finding.to_do}")
