"""All SQL that reads the audit log."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from microshop.audit.entry import AuditEntry
from microshop.cursors import MAX_COUNTED, Count

if TYPE_CHECKING:
    from microshop.audit.entry import AuditFilter
    from microshop.platform.mysql import Database

_COLUMNS = "id, at AS created_at, user_id, key_id, action, entity, entity_id, changes, request_id"
# Functions take the time, and the database the id, so neighbours in order of id may be out of order by their times.
# Their clocks and statements differ by less than this.
_SKEW = timedelta(minutes=1)
# Before and after all entries; the times of clients may be near the limits of datetime.
_START, _END = datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_LAST_BEFORE = """
SELECT id
FROM audit_log FORCE INDEX (audit_log_at)
WHERE at < %(at)s
ORDER BY at DESC, id DESC
LIMIT 1
"""
_FIRST_FROM = """
SELECT id
FROM audit_log FORCE INDEX (audit_log_at)
WHERE at >= %(at)s
ORDER BY at, id
LIMIT 1
"""
# As in orders/count_queries.py.
_COUNT = """
SELECT COUNT(*) AS seen, COALESCE(SUM(matches), 0) AS found
FROM (SELECT {filters} AS matches FROM audit_log FORCE INDEX ({index}) WHERE {range} LIMIT {limit}) AS looked_at
"""


class AuditQueries:
    """Reads the audit log, newest entries first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, criteria: AuditFilter, after: int | None, limit: int) -> list[AuditEntry]:
        """Returns at most `limit` entries of a list that come after the entry `after`.

        The index of the most selective filter ends with the id. Times become ids, so that a list of last year does not
        read this year's entries.
        """
        source = _source_of(criteria)
        filters, values = self._filters(criteria)
        if after is not None:
            filters.append("id < %(after)s")
        sql = (
            f"SELECT {_COLUMNS} FROM audit_log FORCE INDEX ({source.index_name})"  # noqa: S608 - constants
            f" WHERE {' AND '.join(filters) or 'TRUE'} ORDER BY id DESC LIMIT %(limit)s"
        )
        rows = self._database.rows(sql, {**values, "after": after, "limit": limit})
        return [AuditEntry(**{**row, "changes": json.loads(row["changes"] or "{}")}) for row in rows]

    def count(self, criteria: AuditFilter) -> Count:
        """Returns the number of entries of a list, among the first MAX_COUNTED + 1 that its index finds."""
        source = _source_of(criteria)
        filters, values = self._filters(criteria)
        indexed = [each for each in filters if each.startswith(("id ", *source.columns))]
        sql = _COUNT.format(
            filters=" AND ".join(filters) or "TRUE",
            index=source.index_name,
            range=" AND ".join(indexed) or "TRUE",
            limit=MAX_COUNTED + 1,
        )
        [row] = self._database.rows(sql, values)
        return Count.of(seen=int(row["seen"]), found=int(row["found"]))

    def _filters(self, criteria: AuditFilter) -> tuple[list[str], dict[str, Any]]:
        filters = [f"{name} = %({name})s" for name in _EQUAL if getattr(criteria, name) is not None]
        values = criteria.as_dict()
        if criteria.created_from is not None:
            filters += ["at >= %(created_from)s", "id > %(above)s"]
            values["above"] = self._id(_LAST_BEFORE, max(criteria.created_from, _START) - _SKEW) or 0
        if criteria.created_before is not None:
            filters.append("at < %(created_before)s")
            below = self._id(_FIRST_FROM, min(criteria.created_before, _END) + _SKEW)
            if below is not None:
                filters.append("id < %(below)s")
                values["below"] = below
        return filters, values

    def _id(self, sql: str, at: datetime) -> int | None:
        row = self._database.row(sql, {"at": at})
        return None if row is None else int(row["id"])


_EQUAL = ("user_id", "key_id", "action", "entity", "entity_id")


class _Source(NamedTuple):
    """An index, and its columns before the id."""

    index_name: str
    columns: tuple[str, ...] = ()


# The most selective first.
_SOURCES = (
    _Source("audit_log_entity", ("entity", "entity_id")),
    _Source("audit_log_key", ("key_id",)),
    _Source("audit_log_user", ("user_id",)),
    _Source("audit_log_action", ("action",)),
    _Source("PRIMARY"),
)


def _source_of(criteria: AuditFilter) -> _Source:
    return next(each for each in _SOURCES if all(getattr(criteria, column) is not None for column in each.columns))
