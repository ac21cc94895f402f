"""All SQL that reads product prices for a new order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.orders.requested_lines import PricedProduct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.platform.mysql import Database

_PRICES = """
SELECT id, sku, name, price_minor, currency, stock, low_stock_threshold
FROM products
WHERE id IN %(ids)s
  AND archived = FALSE
"""


class PriceList:
    """Reads the current prices of products."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def prices(self, product_ids: Sequence[int]) -> dict[int, PricedProduct]:
        """Returns the products on sale with their current prices, by id; products not on sale are missing."""
        rows = self._database.rows(_PRICES, {"ids": list(product_ids)})
        return {row["id"]: PricedProduct(**row) for row in rows}
