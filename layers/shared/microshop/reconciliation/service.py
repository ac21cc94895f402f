"""The use case of reconciling: check everything, repair what is safe if asked to, and report."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from microshop.errors import ShopError, Unavailable
from microshop.platform.mysql_errors import ConstraintRefused, DuplicateKey
from microshop.reconciliation.attention_queries import ATTENTION_CHECKS, OWED
from microshop.reconciliation.event_queries import EVENT_CHECKS
from microshop.reconciliation.money_queries import MONEY_CHECKS
from microshop.reconciliation.order_queries import ORDER_CHECKS
from microshop.reconciliation.payment_queries import PAYMENT_CHECKS
from microshop.reconciliation.provider_check import ProviderCheck, ProviderDifference
from microshop.reconciliation.repairs import REPAIRS, SETTLE, repair, settle
from microshop.reconciliation.report import Finding, Found, Report, Unchecked
from microshop.reconciliation.stock_queries import STOCK_CHECKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from microshop.payments.provider import FindProvider
    from microshop.platform.mysql import Database
    from microshop.reconciliation.check import Check, Window

# Of one kind of disagreement, people need to see some and to know how many there are.
MOST_FINDINGS = 100

# What one transaction changes together agrees at any moment; the rest is about what should have happened by now.
BOOKS = (*STOCK_CHECKS, *ORDER_CHECKS, *PAYMENT_CHECKS, *MONEY_CHECKS)
CHECKS = (*BOOKS, *EVENT_CHECKS, *ATTENTION_CHECKS)

# One statement is one snapshot: what is compared within it was so at one moment, however busy the shop is.
_LIMITED = "SELECT checked.*, COUNT(*) OVER () AS found_in_all FROM ({sql}) AS checked LIMIT %(limit)s"


def reconcile(
    window: Window,
    database: Database,
    *,
    providers: tuple[str, ...],
    find_provider: FindProvider,
    wait: Callable[[], object],
    repairs: bool = False,
) -> Report:
    """Compare all books with each other and with the payment providers, and repair what is safe if `repairs`.

    What differs from a provider is looked at again after `wait`. A provider, or a query, that does not answer in time
    is reported, and all else is checked.
    """
    found: dict[str, Found] = {}
    unchecked: list[Unchecked] = []
    for check in CHECKS:
        try:
            found[check.name] = run_check(check, window, database)
        except Unavailable as error:
            unchecked.append(Unchecked(check.name, str(error)))
            continue
        if repairs:
            found[check.name] = _repaired(found[check.name], lambda each: _repair_books(each, database))
    for name in providers:
        try:
            differences = ProviderCheck(name, find_provider(name), database, wait).differences(window)
        except ShopError as error:
            unchecked.append(Unchecked(f"provider:{name}", str(error)))
            continue
        for check_name, of_check in _by_check(differences):
            before = found.get(check_name, Found([], 0))
            both = Found([*before.findings, *of_check.findings], before.total + of_check.total)
            found[check_name] = _repaired(both, lambda each: _settle(each, database)) if repairs else both
    owed = Found([], 0)
    try:
        owed = run_check(OWED, window, database)
    except Unavailable as error:
        unchecked.append(Unchecked(OWED.name, str(error)))
    return Report(window.since, window.now, datetime.now(UTC), found, owed, tuple(unchecked))


def run_check(check: Check, window: Window, database: Database) -> Found:
    """What a check finds.

    Raises:
        Unavailable: the database does not answer in time.
    """
    rows = database.rows(_LIMITED.format(sql=check.sql), {**window.parameters, "limit": MOST_FINDINGS})
    total = int(rows[0]["found_in_all"]) if rows else 0
    return Found([_finding(check, row, window) for row in rows], total)


def _finding(check: Check, row: dict[str, Any], window: Window) -> Finding:
    return Finding(
        check=check.name,
        subject=check.subject_of(row),
        says=check.words_of(row),
        to_do=check.to_do,
        repair=REPAIRS[check.repair].does if check.repair else None,
        facts={**window.parameters, **row},
        repair_name=check.repair,
    )


def _by_check(differences: list[ProviderDifference]) -> Iterator[tuple[str, Found]]:
    checks: dict[str, list[Finding]] = {}
    for each in differences:
        difference = each.difference
        finding = Finding(
            check=difference.check,
            subject=difference.subject,
            says=difference.says,
            to_do=difference.to_do,
            repair=SETTLE if difference.settles else None,
            facts={"difference": each},
        )
        checks.setdefault(difference.check, []).append(finding)
    return ((check, Found(findings[:MOST_FINDINGS], len(findings))) for check, findings in checks.items())


def _repaired(found: Found, act: Callable[[Finding], bool]) -> Found:
    return Found([_tried(finding, act) for finding in found.findings], found.total)


def _tried(finding: Finding, act: Callable[[Finding], bool]) -> Finding:
    if finding.repair is None or finding.repaired:
        return finding
    try:
        return replace(finding, repaired=act(finding))
    except (ShopError, DuplicateKey, ConstraintRefused) as error:
        return replace(finding, to_do=f"The repair failed ({type(error).__name__}: {error}). {finding.to_do}")


def _repair_books(finding: Finding, database: Database) -> bool:
    assert finding.repair_name is not None  # noqa: S101 - a check that can be repaired names it
    return repair(finding.repair_name, finding.subject, finding.facts, database)


def _settle(finding: Finding, database: Database) -> bool:
    facts: Mapping[str, Any] = finding.facts
    return settle(facts["difference"], database)
