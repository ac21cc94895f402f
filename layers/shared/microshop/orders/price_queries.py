"""All SQL that reads what a new order needs: product prices, and an address of the customer's address book."""

from __future__ import annotations

import json
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
_PRICES_AND_ADDRESS = """
SELECT id, sku, name, price_minor, currency, stock, low_stock_threshold,
       (SELECT a.address
        FROM addresses a
        WHERE a.id = %(address_id)s
          AND a.user_id = %(user_id)s) AS saved_address
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

    def prices_and_address(
        self, product_ids: Sequence[int], user_id: int, address_id: int
    ) -> tuple[dict[int, PricedProduct], dict[str, str] | None]:
        """Returns the products on sale as `prices` does, and the address with this id in the customer's address book.

        The address is None if the customer has none with this id, and if no product is on sale.
        """
        values = {"ids": list(product_ids), "user_id": user_id, "address_id": address_id}
        rows = self._database.rows(_PRICES_AND_ADDRESS, values)
        address = [row.pop("saved_address") for row in rows]
        prices = {row["id"]: PricedProduct(**row) for row in rows}
        return prices, json.loads(address[0]) if address and address[0] else None
