"""Passes over all rows of a table, slice by slice and spread over many nights."""

from __future__ import annotations

import math
from copy import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from microshop.reconciliation.slices import LAST_ID, Subject
from microshop.values import Value

if TYPE_CHECKING:
    from datetime import datetime

# Two reads of a row are at most two passes apart, because a pass may read it first and the next one last.
NIGHTS = 14
# The alarm ReconciliationBehind has the same limit. It allows for two missed nights.
MAX_DAYS = 2 * NIGHTS
# The sum of the stock movements of so many products took 49 ms, with 5.5 movements each.
SLICE_ROWS = 10_000

# Events are deleted after some days, and each is compared when it is new.
PASS_SUBJECTS = (Subject.PRODUCTS, Subject.ORDERS, Subject.PAYMENTS, Subject.REFUNDS)
FULL_SUBJECTS = (*PASS_SUBJECTS, Subject.EVENTS)


class Pass(Value):
    """The progress of a pass over the rows of `subject`.

    `next_id` is the beginning of the next slice, `expected_rows` the size of the last complete pass. All rows have been
    read since `covered_since`, when the last complete pass began.
    """

    name: str
    next_id: int = 0
    rows_read: int = 0
    started_at: datetime | None = None
    expected_rows: int | None = None
    covered_since: datetime | None = None

    @property
    def oldest_read(self) -> datetime | None:
        """The earliest time at which a row may have been read for the last time; None before the first pass."""
        return self.covered_since or self.started_at

    def share(self, now: datetime) -> int | None:
        """Returns the number of rows for a run, or None for all that remain.

        The first pass takes what time allows. In its last night a pass reads the rest, because the table has grown.
        """
        if self.expected_rows is None:
            return None
        if self.started_at is not None and now - self.started_at > timedelta(days=NIGHTS - 1.5):
            return None
        return max(SLICE_ROWS, math.ceil(self.expected_rows / NIGHTS))

    def advance(self, end: int, rows: int, now: datetime) -> Pass:
        """Returns the pass after a slice of `rows` rows that ended before `end`, in a run that began at `now`."""
        started_at = self.started_at or now
        if end < LAST_ID:
            return replace(self, next_id=end, rows_read=self.rows_read + rows, started_at=started_at)
        return Pass(self.name, expected_rows=self.rows_read + rows, covered_since=started_at)
