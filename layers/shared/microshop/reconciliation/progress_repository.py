"""SQL that stores how far reconciliation has come, and what it has found."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from microshop.reconciliation.passes import Pass
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from microshop.platform.mysql import Database
    from microshop.reconciliation.slices import Changes, Subject

_NIGHTLY, _FULL = "nightly", "full"

_MARKS = "SELECT name, compared_until FROM reconciliation_marks"
# The later of two runs wins: both have compared everything until their own mark.
_SET_MARK = """
INSERT INTO reconciliation_marks (name, compared_until)
VALUES (%(name)s, %(until)s)
ON DUPLICATE KEY UPDATE compared_until = GREATEST(compared_until, %(until)s)
"""
_STORED = """
SELECT name, next_id, rows_read, started_at, expected_rows, covered_since
FROM reconciliation_passes
WHERE name = %(name)s
"""
_BEGIN = "INSERT IGNORE INTO reconciliation_passes (name) VALUES (%(name)s)"
# Another run may have read this slice too, and moved on. A full run may have covered the rows since a later time.
_ADVANCE = """
UPDATE reconciliation_passes
SET next_id = %(next_id)s,
    rows_read = %(rows_read)s,
    started_at = %(started_at)s,
    expected_rows = %(expected_rows)s,
    covered_since = COALESCE(GREATEST(covered_since, %(covered_since)s), covered_since, %(covered_since)s)
WHERE name = %(name)s
  AND next_id = %(old_next_id)s
  AND started_at <=> %(old_started_at)s
"""
_COVERED_BY_FULL = """
UPDATE reconciliation_passes
SET covered_since = GREATEST(COALESCE(covered_since, %(since)s), %(since)s),
    expected_rows = COALESCE(expected_rows, %(rows)s)
WHERE name = %(name)s
"""
_END = "DELETE FROM reconciliation_passes WHERE name IN %(names)s"
_FOUND = """
SELECT subject_id
FROM reconciliation_findings
WHERE check_name = %(check)s
  AND subject_id > %(after)s
ORDER BY subject_id
LIMIT %(limit)s
"""
_ADD_FINDINGS = """
INSERT INTO reconciliation_findings (check_name, subject_id, found_at)
VALUES {rows}
ON DUPLICATE KEY UPDATE found_at = %(now)s
"""
# Not what another run has found in the meantime.
_DELETE_FINDINGS = """
DELETE FROM reconciliation_findings
WHERE check_name = %(check)s
  AND subject_id IN %(ids)s
  AND found_at < %(before)s
"""
_BATCH_ROWS = 1000


class Progress:
    """How far reconciliation has come: marks of changes, passes over all rows, and what is known to disagree."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def marks(self) -> dict[str, datetime]:
        """Returns until when each record of changes was compared."""
        return {row["name"]: row["compared_until"] for row in self._database.rows(_MARKS)}

    def set_mark(self, record: Changes, until: datetime) -> None:
        """Store that the changes until then were compared. A mark never goes back."""
        self._database.execute(_SET_MARK, {"name": record.value, "until": until}, idempotent=True)

    def nightly_pass(self, subject: Subject) -> Pass:
        """Returns the pass that the nightly runs share."""
        return self._open(_name(_NIGHTLY, subject))

    def full_pass(self, subject: Subject) -> Pass:
        """Returns the pass of a full run. It is complete if it has `covered_since`."""
        return self._open(_name(_FULL, subject))

    def stored(self, name: str) -> Pass | None:
        """Returns the pass of that name as it is stored now, or None."""
        row = self._database.row(_STORED, {"name": name})
        return Pass(**row) if row else None

    def advance(self, before: Pass, after: Pass) -> bool:
        """Store the pass after a slice, if it is still as `before`. Returns whether it was."""
        values = {
            **after.as_dict(),
            "old_next_id": before.next_id,
            "old_started_at": before.started_at,
        }
        return self._database.execute(_ADVANCE, values) == 1

    def finish_full(self, subjects: Collection[Subject]) -> None:
        """Count a complete full run as a nightly pass over each subject, and end it, so that the next one begins."""
        for subject in subjects:
            full = self.stored(_name(_FULL, subject))
            if full is not None and full.covered_since is not None:
                self._open(name := _name(_NIGHTLY, subject))
                values = {"name": name, "since": full.covered_since, "rows": full.expected_rows}
                self._database.execute(_COVERED_BY_FULL, values, idempotent=True)
        names = [_name(_FULL, subject) for subject in subjects]
        self._database.execute(_END, {"names": names}, idempotent=True)

    def covered_since(self, subjects: Collection[Subject]) -> datetime | None:
        """Returns the time since when all rows of these subjects were read, or are to be; None before the first run."""
        stored = [self.stored(_name(_NIGHTLY, subject)) for subject in subjects]
        times = [each.oldest_read for each in stored if each is not None and each.oldest_read is not None]
        return min(times, default=None)

    def known(self, check: str) -> Iterator[tuple[int, ...]]:
        """Yield the ids that disagreed when this check last read them, in batches."""
        after = -1
        while rows := self._database.rows(_FOUND, {"check": check, "after": after, "limit": _BATCH_ROWS}):
            after = rows[-1]["subject_id"]
            yield tuple(row["subject_id"] for row in rows)

    def add_known(self, check: str, ids: Collection[int], now: datetime) -> None:
        """Store ids that disagree, so that every run compares them again."""
        for batch in itertools.batched(sorted(ids), _BATCH_ROWS, strict=False):
            places = ", ".join(f"(%(check)s, %(id{number})s, %(now)s)" for number in range(len(batch)))
            values = {"check": check, "now": now, **{f"id{number}": each for number, each in enumerate(batch)}}
            retry_on_conflict(self._database.execute)(_ADD_FINDINGS.format(rows=places), values)

    def remove_known(self, check: str, ids: Collection[int], before: datetime) -> None:
        """Delete ids that agree now, unless a run that began after `before` found them."""
        if ids:
            values = {"check": check, "ids": tuple(ids), "before": before}
            retry_on_conflict(self._database.execute)(_DELETE_FINDINGS, values)

    def _open(self, name: str) -> Pass:
        if (stored := self.stored(name)) is not None:
            return stored
        self._database.execute(_BEGIN, {"name": name}, idempotent=True)
        return self.stored(name) or Pass(name)


def _name(kind: str, subject: Subject) -> str:
    return f"{kind}:{subject.value}"
