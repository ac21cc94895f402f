"""SQL that finds the rows to compare: those that have changed since a moment, and the ends of slices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.reconciliation.slices import LAST_ID, Changes, Slice, Subject
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from microshop.platform.mysql import Database, Row

_BATCH_ROWS = 1000

# By an index on time, in the order (time, id). Each names the ids of its subjects as in the rows of checks.
_BY_TIME = {
    Changes.ORDERS: ("orders", "orders_by_change", "updated_at", "id AS order_id"),
    Changes.PAYMENTS: ("payments", "payments_by_change", "updated_at", "id AS payment_id, order_id"),
    Changes.REFUNDS: ("refunds", "refunds_by_change", "updated_at", "id AS refund_id"),
    Changes.PUBLISHED_EVENTS: ("outbox", "outbox_waiting", "published_at", "id AS outbox_id"),
}
# By the id: rows that never change, and whose ids grow with the time.
_BY_ID = {
    Changes.STOCK_MOVEMENTS: ("stock_movements", "product_id, order_id"),
    Changes.EVENTS: ("outbox", "id AS outbox_id"),
}
# Another index would sort all later changes for each batch.
_NEXT_BY_TIME = """
SELECT id, {column} AS moment, {ids}
FROM {table} FORCE INDEX ({index})
WHERE {column} >= %(moment)s
  AND {column} < %(until)s
  AND ({column} > %(moment)s OR id > %(after)s)
ORDER BY {column}, id
LIMIT %(limit)s
"""
_NEXT_BY_ID = """
SELECT id, created_at AS moment, {ids}
FROM {table}
WHERE id > %(after)s
ORDER BY id
LIMIT %(limit)s
"""
_HIGHEST_ID = "SELECT MAX(id) AS id FROM {table}"
_NEXT_TIME = """
SELECT id, created_at AS moment
FROM {table}
WHERE id >= %(id)s
ORDER BY id
LIMIT 1
"""
_END_OF_SLICE = """
SELECT id
FROM {table}
WHERE id >= %(first)s
ORDER BY id
LIMIT 1 OFFSET %(rows)s
"""
_IDS_OF_RANGE = """
SELECT id
FROM {table}
WHERE id >= %(first)s
  AND id < %(end)s
"""
_REMAINING_ROWS = """
SELECT COUNT(*) AS remaining
FROM {table}
WHERE id >= %(first)s
"""


class Batch(Value):
    """Changes up to `moment`: the ids of the changed things, by subject."""

    moment: datetime
    slices: tuple[Slice, ...]


class ChangeQueries:
    """Reads which rows have changed, and where slices end."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def changes(self, record: Changes, since: datetime, until: datetime) -> Iterator[Batch]:
        """Yield the changes from `since` to before `until`, in batches in the order of time."""
        if record in _BY_TIME:
            yield from self._by_time(record, since, until)
        else:
            yield from self._by_id(record, since)

    def end_of_slice(self, subject: Subject, first: int, rows: int) -> tuple[int, int]:
        """Returns the end of the slice of `rows` rows from the id `first`, and its number of rows.

        The last slice has no more rows than that, and LAST_ID as its end, so that it includes ids without a row.
        """
        values = {"first": first, "rows": rows}
        if end := self._database.row(_END_OF_SLICE.format(table=subject), values):
            return int(end["id"]), rows
        remaining = self._database.row(_REMAINING_ROWS.format(table=subject), values)
        return LAST_ID, int(remaining["remaining"]) if remaining else 0

    def ids_of(self, part: Slice) -> tuple[int, ...]:
        """Returns the ids of the rows in a slice."""
        if part.ids:
            return part.ids
        return tuple(
            row["id"] for row in self._database.rows(_IDS_OF_RANGE.format(table=part.subject), part.parameters)
        )

    def first_id(self, table: str, since: datetime) -> int:
        """Returns the id of the first row created since then, or the next id if there is none.

        Assumes that rows get their ids in the order of their creation.
        """
        highest = self._database.row(_HIGHEST_ID.format(table=table))
        low, high = 0, int(highest["id"] or 0) + 1 if highest else 1
        while low < high:
            middle = (low + high) // 2
            row = self._database.row(_NEXT_TIME.format(table=table), {"id": middle})
            if row is None or row["moment"] >= since:
                high = middle
            else:
                low = int(row["id"]) + 1
        return low

    def _by_time(self, record: Changes, since: datetime, until: datetime) -> Iterator[Batch]:
        table, index, column, ids = _BY_TIME[record]
        sql = _NEXT_BY_TIME.format(table=table, index=index, column=column, ids=ids)
        values = {"moment": since, "until": until, "after": 0, "limit": _BATCH_ROWS}
        while rows := self._database.rows(sql, values):
            values |= {"moment": rows[-1]["moment"], "after": rows[-1]["id"]}
            yield _batch(rows)

    def _by_id(self, record: Changes, since: datetime) -> Iterator[Batch]:
        table, ids = _BY_ID[record]
        values = {"after": self.first_id(table, since) - 1, "limit": _BATCH_ROWS}
        while rows := self._database.rows(_NEXT_BY_ID.format(table=table, ids=ids), values):
            values["after"] = rows[-1]["id"]
            yield _batch(rows)


def _batch(rows: list[Row]) -> Batch:
    parts = (Slice(subject, ids=_ids(rows, subject.id_field)) for subject in Subject)
    return Batch(rows[-1]["moment"], tuple(part for part in parts if part.ids))


def _ids(rows: list[Row], field: str) -> tuple[int, ...]:
    return tuple(sorted({row[field] for row in rows if row.get(field) is not None}))
