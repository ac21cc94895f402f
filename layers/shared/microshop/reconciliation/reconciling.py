"""The use case of reconciliation: run the checks slice by slice, make safe repairs on request, and report."""

from __future__ import annotations

from copy import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.errors import ShopError, Unavailable
from microshop.reconciliation.check import BEGINNING, Extent
from microshop.reconciliation.collecting import MAX_FINDINGS, Collector
from microshop.reconciliation.dispute_queries import DISPUTE_CHECKS
from microshop.reconciliation.money_queries import MONEY_CHECKS
from microshop.reconciliation.order_queries import ORDER_CHECKS
from microshop.reconciliation.overdue_queries import OWED, overdue_checks
from microshop.reconciliation.passes import FULL_SUBJECTS, PASS_SUBJECTS
from microshop.reconciliation.payment_queries import PAYMENT_CHECKS
from microshop.reconciliation.provider_check import ProviderCheck, TimeIsOver
from microshop.reconciliation.report import Remaining, Report, Unchecked
from microshop.reconciliation.scanning import Scanner, Work
from microshop.reconciliation.slices import Changes, Slice, Subject
from microshop.reconciliation.stock_queries import STOCK_CHECKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from microshop.payments.providers.port import FindProvider
    from microshop.reconciliation.change_queries import ChangeQueries
    from microshop.reconciliation.check import Check, Window
    from microshop.reconciliation.overdue_queries import Inboxes
    from microshop.reconciliation.progress_repository import Progress
    from microshop.reconciliation.queries import Books
    from microshop.reconciliation.unit_of_work import RepairsUnitOfWork

# These compare data that one transaction changes together, so they hold at any moment. The other checks find overdue
# work.
BOOK_CHECKS = (*STOCK_CHECKS, *ORDER_CHECKS, *PAYMENT_CHECKS, *MONEY_CHECKS, *DISPUTE_CHECKS)

_TIME_IS_OVER = "the time was over; the next run continues here"


def never() -> bool:
    """Stop never."""
    return False


def reconcile(
    window: Window,
    *,
    inboxes: Inboxes,
    providers: tuple[str, ...],
    find_provider: FindProvider,
    wait: Callable[[], object],
    books: Books,
    changes: ChangeQueries,
    progress: Progress,
    uow: RepairsUnitOfWork,
    repairs: bool = False,
    must_stop: Callable[[], bool] = never,
    must_end: Callable[[], bool] = never,
) -> Report:
    """Compare the books with each other and with the payment providers. Make the safe repairs if `repairs`.

    Slices are compared until `must_stop`, the rest until `must_end`. A full run that must stop leaves the rest to the
    run that reads the last slice. Differences from a provider are compared again after `wait`. If a query or a provider
    does not answer in time, the report names it, and the others are still checked.
    """
    checks = (*all_checks(inboxes), OWED)
    scanner, collector = Scanner(checks, window, changes, progress), Collector(books, uow, repairs=repairs)
    run = _Run(scanner, books, changes, progress, collector)
    run.compare_slices(must_stop, must_end)
    foreign = 0
    if not (window.extent is Extent.FULL and run.remaining):
        run.compare_states()
        for provider in providers:
            provider_check = ProviderCheck(provider, find_provider(provider), books, wait, must_end)
            try:
                run.collector.add_differences(provider_check.differences(window))
            except (ShopError, TimeIsOver) as error:
                run.miss(f"provider:{provider}", str(error))
                continue
            foreign += provider_check.foreign
    return Report(
        window.since,
        window.now,
        datetime.now(UTC),
        run.collector.by_check,
        run.collector.owed,
        tuple(Unchecked(name, reason) for name, reason in run.unchecked.items()),
        foreign,
        window.extent,
        tuple(run.remaining),
        progress.covered_since(PASS_SUBJECTS),
    )


def all_checks(inboxes: Inboxes) -> tuple[Check, ...]:
    """Returns every check that finds disagreements without a provider."""
    return (*BOOK_CHECKS, *overdue_checks(inboxes))


class _Run:
    """The comparison of the shop's own books in one run."""

    def __init__(
        self, scanner: Scanner, books: Books, changes: ChangeQueries, progress: Progress, collector: Collector
    ) -> None:
        self._scanner, self._books, self._changes, self._progress = scanner, books, changes, progress
        self._checks, self._window = scanner.checks, scanner.window
        self.collector = collector
        self.unchecked: dict[str, str] = {}
        self.remaining: list[Remaining] = []

    def compare_slices(self, must_stop: Callable[[], bool], must_end: Callable[[], bool]) -> None:
        """Compare the slices of this run, as many as the time allows."""
        match self._window.extent:
            case Extent.FULL:
                self._compare_everything(must_stop, must_end)
            case Extent.PERIOD:
                self._compare_changes(must_stop)
            case Extent.NIGHTLY:
                self._compare_known(must_stop)
                self._compare_changes(must_stop)
                self._compare_share(must_stop)

    def compare_states(self) -> None:
        """Run the checks of the few rows in a state that needs work."""
        for check in self._checks:
            if check.about is None:
                try:
                    self.collector.add(check, *self._books.rows_in_state(check, self._window, MAX_FINDINGS))
                except Unavailable as error:
                    self.miss(check.scoped_name, str(error))

    def miss(self, name: str, reason: str) -> None:
        """Report something as not checked, with the first reason."""
        self.unchecked.setdefault(name, reason)

    def _compare_known(self, must_stop: Callable[[], bool]) -> None:
        if not self._has_finished(self._scanner.known(), must_stop):
            self.miss("known", _TIME_IS_OVER)

    def _compare_changes(self, must_stop: Callable[[], bool]) -> None:
        for record in Changes:
            if not self._has_finished(self._scanner.changed(record), must_stop):
                self.miss(f"changes:{record}", _TIME_IS_OVER)

    def _compare_share(self, must_stop: Callable[[], bool]) -> None:
        passes = {subject: self._progress.nightly_pass(subject) for subject in PASS_SUBJECTS}
        # The subject whose rows were read the longest time ago, because the time may not be enough for all.
        for subject in sorted(passes, key=lambda each: passes[each].oldest_read or BEGINNING):
            if not self._has_finished(self._scanner.share(subject), must_stop):
                self._add_remaining(passes[subject].name, subject)

    def _compare_everything(self, must_stop: Callable[[], bool], must_end: Callable[[], bool]) -> None:
        for subject in FULL_SUBJECTS:
            if not self._has_finished(self._scanner.everything(subject), must_stop):
                self._add_remaining(self._progress.full_pass(subject).name, subject)
        if not self.remaining:
            self._compare_known(must_end)  # the findings of the earlier runs of this full run
            self._progress.finish_full(FULL_SUBJECTS)

    def _add_remaining(self, name: str, subject: Subject) -> None:
        stored, nightly = self._progress.stored(name), self._progress.nightly_pass(subject)
        self.remaining.append(Remaining(subject.value, stored.rows_read if stored else 0, nightly.expected_rows))

    def _has_finished(self, slices: Iterator[Work], must_stop: Callable[[], bool]) -> bool:
        try:
            for work in slices:
                if must_stop():
                    return False
                for check in work.checks:
                    if not self._has_compared(check, work, must_stop):
                        return False
        except Unavailable as error:  # the database is away, not one query slow
            self.miss("database", str(error))
            return False
        return True

    def _has_compared(self, check: Check, work: Work, must_stop: Callable[[], bool]) -> bool:
        """Compare a slice. Returns False if the time was over within it.

        A list that is not answered is compared id by id, so that one slow thing does not keep the others unread.
        """
        part = work.part
        try:
            self._compare_slice(check, work)
        except Unavailable as error:
            if len(part.ids) > 1:
                each = (replace(work, part=Slice(part.subject, ids=(id_,))) for id_ in part.ids)
                return all(not must_stop() and self._has_compared(check, alone, must_stop) for alone in each)
            what = f"{part.subject.id_field.removesuffix('_id')} {part.ids[0]}: " if part.ids else ""
            self.miss(check.scoped_name, f"{what}{error}")
            # The next run compares a range in lists of at most 1,000.
            self._progress.add_known(check.scoped_name, self._changes.ids_of(part), self._window.now)
        return True

    def _compare_slice(self, check: Check, work: Work) -> None:
        rows = self._books.rows_in_slice(check, work.part, self._window)
        assert check.about is not None  # noqa: S101 - only such checks read slices
        found = {int(row[check.about.id_field]) for row in rows}
        if work.known:
            agreeing = set(work.part.ids) - found
            self._progress.remove_known(check.scoped_name, agreeing, self._window.now)
        self._progress.add_known(check.scoped_name, found, self._window.now)
        self.collector.add_from_slice(check, rows, found)
