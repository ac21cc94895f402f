"""The SQL that counts the orders of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.cursors import MAX_COUNTED, Count
from microshop.orders.queries import conditions_of, source_of

if TYPE_CHECKING:
    from microshop.orders.paging import OrderFilter
    from microshop.platform.mysql import Database

# An index finds the orders, and the other filters are asked of so many of them: a rare match would be looked for in the
# whole table otherwise.
_COUNT = """
SELECT COUNT(*) AS seen, COALESCE(SUM(matches), 0) AS found
FROM (SELECT {filters} AS matches FROM {source} WHERE {range} LIMIT {limit}) AS looked_at
"""


class OrderCounts:
    """Counts orders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, chosen: OrderFilter) -> Count:
        """The number of orders of a list, of at most MAX_COUNTED that are looked at."""
        filters, values = conditions_of(chosen)
        found_by = source_of(chosen)
        indexed = [each for each in filters if each.startswith("id ") or each == found_by.condition]
        sql = _COUNT.format(
            filters=" AND ".join(filters) or "TRUE",
            source=found_by.source,
            range=" AND ".join(indexed) or "TRUE",
            limit=MAX_COUNTED + 1,
        )
        [row] = self._database.rows(sql, values)
        return Count.of(seen=int(row["seen"]), found=int(row["found"]))
