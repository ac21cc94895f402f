"""SQL that lists the categories of products on sale."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from microshop.cursors import MAX_COUNTED, Count
from microshop.products.product import Category

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.platform.mysql import Database

MAX_CATEGORIES = 5000
# Grouped by all three columns, although two have one value only: both servers then jump from one category to the next
# in the index (a loose index scan). Grouped by the category alone, they read an entry of every product.
_NAMES = f"""
SELECT archived, currency, category
FROM products FORCE INDEX (products_by_currency)
WHERE archived = FALSE
  AND currency = %(currency)s
GROUP BY archived, currency, category
ORDER BY archived, currency, category
LIMIT {MAX_CATEGORIES}
"""  # noqa: S608 - a constant
# A limit within a subquery cannot depend on a row of the query around it, so each category has a query of its own.
_COUNT = f"""
SELECT {{number}} AS number, COUNT(*) AS seen
FROM (
    SELECT 1
    FROM products FORCE INDEX (products_by_currency)
    WHERE archived = FALSE
      AND currency = %(currency)s
      AND category = %(category_{{number}})s
    LIMIT {MAX_COUNTED + 1}
) AS counted_{{number}}
"""  # noqa: S608 - constants
_COUNTED_TOGETHER = 100


class CategoryQueries:
    """Reads the categories of products on sale that have a price in `currency`."""

    def __init__(self, database: Database, currency: str) -> None:
        self._database = database
        self._currency = currency

    def categories(self) -> list[Category]:
        """Returns the categories, sorted by name, with their number of products; at most 5000 fit into a response."""
        names = [row["category"] for row in self._database.rows(_NAMES, {"currency": self._currency})]
        batches = itertools.batched(names, _COUNTED_TOGETHER, strict=False)
        return [category for batch in batches for category in self._counted(batch)]

    def _counted(self, names: Sequence[str]) -> list[Category]:
        sql = " UNION ALL ".join(_COUNT.format(number=number) for number in range(len(names)))
        values = {f"category_{number}": name for number, name in enumerate(names)}
        rows = self._database.rows(sql, {**values, "currency": self._currency})
        seen = {int(row["number"]): int(row["seen"]) for row in rows}
        # Archived since its name was read: 0 products.
        counted = [(name, seen[number]) for number, name in enumerate(names) if seen[number]]
        return [Category(name, Count.of(seen=count, found=count)) for name, count in counted]
