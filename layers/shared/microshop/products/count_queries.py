"""SQL that counts the products in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.cursors import MAX_COUNTED, Count
from microshop.products.queries import OF_LISTINGS, conditions_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from microshop.platform.mysql import Database
    from microshop.products.product import ProductFilter

# The inner query reads a limited number of rows by an index and applies the other filters only to these. Without the
# limit, it would search the whole table for rare matches. Without the hint, MySQL reads tens of thousands of index
# entries before it reads the first row (multi-range read).
_COUNT = """
SELECT COUNT(*) AS seen, COALESCE(SUM(matches), 0) AS found
FROM (
    SELECT /*+ NO_MRR(products) */ {filters} AS matches
    FROM products{index}
    WHERE {range}
    LIMIT {limit}
) AS looked_at
"""


class ProductCounts:
    """Counts products on sale that have a price in `currency`. With `among`, only the variants of these listings."""

    def __init__(self, database: Database, currency: str, *, among: Collection[int] | None = None) -> None:
        self._database = database
        self._currency = currency
        self._among = among

    def count(self, criteria: ProductFilter) -> Count:
        """Returns the number of products in a list, counted among the first MAX_COUNTED that the index finds."""
        if self._among is not None and not self._among:
            return Count(0, exact=True)
        filters, values = conditions_of(criteria, self._currency, self._among)
        index, found_by = (OF_LISTINGS, ("listing_id",)) if self._among else _index(criteria)
        sql = _COUNT.format(
            filters=" AND ".join(filters),
            index=index,
            range=" AND ".join(each for each in filters if each.startswith(found_by)),
            limit=MAX_COUNTED + 1,
        )
        [row] = self._database.rows(sql, values)
        return Count.of(seen=int(row["seen"]), found=int(row["found"]))


def _index(criteria: ProductFilter) -> tuple[str, tuple[str, ...]]:
    """Returns the index that finds the products, and the prefixes of the conditions that it serves."""
    if criteria.min_price_minor is None and criteria.max_price_minor is None:
        return " FORCE INDEX (products_by_currency)", ("archived", "currency", "category")
    if criteria.category is None:
        return " FORCE INDEX (products_by_price)", ("archived", "price_minor")
    return " FORCE INDEX (products_category_by_price)", ("archived", "category", "price_minor")
