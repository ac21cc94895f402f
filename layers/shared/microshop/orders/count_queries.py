"""SQL that counts the orders in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.cursors import MAX_COUNTED, Count
from microshop.orders.queries import Source, conditions_of, source_of

if TYPE_CHECKING:
    from microshop.orders.paging import OrderFilter
    from microshop.platform.mysql import Database

# The query reads a limited number of orders by an index and applies the other filters only to these. Without the limit,
# it would search the whole table for rare matches. The hint is explained in products/count_queries.py.
_COUNT = """
SELECT COUNT(*) AS seen, COALESCE(SUM(matches), 0) AS found
FROM (
    SELECT /*+ NO_MRR(orders) */ {filters} AS matches
    FROM {source}
    WHERE {range}
    LIMIT {limit}
) AS looked_at
"""


class OrderCounts:
    """Counts orders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, criteria: OrderFilter) -> Count:
        """Returns the number of orders of a list, among the first MAX_COUNTED + 1 that its index finds."""
        filters, values = conditions_of(criteria)
        source = _counted_source(criteria, filters)
        indexed = [each for each in filters if each.startswith("id ") or each in source.conditions]
        sql = _COUNT.format(
            filters=" AND ".join(filters) or "TRUE",
            source=source.table(),
            range=" AND ".join(indexed) or "TRUE",
            limit=MAX_COUNTED + 1,
        )
        [row] = self._database.rows(sql, values)
        return Count.of(seen=int(row["seen"]), found=int(row["found"]))


def _counted_source(criteria: OrderFilter, filters: list[str]) -> Source:
    source = source_of(criteria)
    totals = tuple(each for each in filters if each.startswith("total_minor "))
    is_bounded_in_time = criteria.created_from is not None or criteria.created_before is not None
    if totals and source.index_name == "PRIMARY" and not is_bounded_in_time:
        return Source("orders_by_total", totals)
    return source
