"""Finds the slices that a run compares. A generator stores its position when it is asked for the next slice.

So a run that ends anywhere loses nothing: the next run begins with the slice that this one did not finish.

A popular product changes in each batch of a night. The lists of a run have it once for each check, so its ledger is
summed once for all batches. No mark is later than the beginning of its run, so the next run compares what has changed
after the sum.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from microshop.reconciliation.check import BEGINNING, Extent
from microshop.reconciliation.passes import SLICE_ROWS, Pass
from microshop.reconciliation.slices import Changes, Slice, Subject
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from microshop.reconciliation.change_queries import ChangeQueries
    from microshop.reconciliation.check import Check, Window
    from microshop.reconciliation.progress_repository import Progress

# Longer than any transaction (15 minutes, the maximum of Lambda): a change may be committed after a later one was read.
_OVERLAP = timedelta(hours=1)
# Before the first run, what is older is left to the first pass over everything. Passes leave out events.
_FIRST_CHANGES = timedelta(days=1)
_NOT_IN_PASSES = (Changes.EVENTS, Changes.PUBLISHED_EVENTS)


class Work(Value):
    """A slice, and the checks that read it. If it is `known`, it disagreed in an earlier run, or had no answer."""

    part: Slice
    checks: tuple[Check, ...]
    known: bool = False


class Scanner:
    """Finds the slices of a run for these checks."""

    def __init__(self, checks: Sequence[Check], window: Window, changes: ChangeQueries, progress: Progress) -> None:
        self.checks = checks
        self.window = window
        self._changes = changes
        self._progress = progress
        # The ids of lists by check: 4 MB for 100,000 of them.
        self._listed: dict[str, set[int]] = {}

    def known(self) -> Iterator[Work]:
        """Yield what disagreed in earlier runs, or had no answer."""
        for check in self.checks:
            if check.about is not None:
                for ids in self._progress.known(check.scoped_name):
                    yield from self._not_listed(Slice(check.about, ids=ids), (check,), known=True)

    def changed(self, record: Changes) -> Iterator[Work]:
        """Yield what has changed since the last run or, of a period, since its beginning."""
        checks = [check for check in self.checks if check.is_found_by(record)]
        is_stored = self.window.extent is Extent.NIGHTLY
        until = self.window.now - (self.window.effect_within if record is Changes.PUBLISHED_EVENTS else timedelta(0))
        since = self._since(record) if is_stored else self.window.since
        for batch in self._changes.changes(record, since, until):
            for part in batch.slices:
                yield from self._not_listed(part, [check for check in checks if check.about is part.subject])
            if is_stored:
                # A batch may have changes that were made during this run, after their thing was compared.
                self._progress.set_mark(record, min(batch.moment, until))
        if is_stored:
            self._progress.set_mark(record, until)

    def share(self, subject: Subject) -> Iterator[Work]:
        """Yield this night's part of the pass over all rows."""
        stored = self._progress.nightly_pass(subject)
        return self._slices(subject, stored, stored.share(self.window.now))

    def everything(self, subject: Subject) -> Iterator[Work]:
        """Yield all rows that a full run has not read yet."""
        stored = self._progress.full_pass(subject)
        return iter(()) if stored.covered_since else self._slices(subject, stored, None)

    def _not_listed(self, part: Slice, checks: Sequence[Check], *, known: bool = False) -> Iterator[Work]:
        """Yield the part for each check without the ids that an earlier list of this run had."""
        works: dict[tuple[int, ...], list[Check]] = {}
        for check in checks:
            ids = part.ids
            if part.subject is not Subject.EVENTS:  # an event is new once, and published once
                listed = self._listed.setdefault(check.scoped_name, set())
                ids = tuple(each for each in ids if each not in listed)
                listed.update(ids)
            works.setdefault(ids, []).append(check)
        for ids, same in works.items():
            if ids:
                yield Work(Slice(part.subject, ids=ids), tuple(same), known)

    def _slices(self, subject: Subject, stored: Pass, share: int | None) -> Iterator[Work]:
        checks = tuple(check for check in self.checks if check.about is subject)
        read = 0
        while share is None or read < share:
            end, rows = self._changes.end_of_slice(subject, stored.next_id, SLICE_ROWS)
            yield Work(Slice(subject, stored.next_id, end), checks)
            after = stored.advance(end, rows, self.window.now)
            if self._progress.advance(stored, after):
                read, stored = read + rows, after
            else:  # another run has read this slice too: share the rest of the pass
                stored = self._progress.stored(stored.name) or Pass(stored.name)
            if stored.started_at is None:  # the pass is complete
                return

    def _since(self, record: Changes) -> datetime:
        mark = self._progress.marks().get(record.value)
        if mark is None:
            return BEGINNING if record in _NOT_IN_PASSES else self.window.now - _FIRST_CHANGES
        return mark - _OVERLAP
