"""SQL that reads products."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from microshop.products.product import MAX_SUMMARY_LENGTH, ListedProduct, Product, summary_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from microshop.platform.mysql import Database, Row
    from microshop.products.paging import Position
    from microshop.products.product import ProductFilter

# The columns that admins set and everybody reads, named like the fields of Product and ProductDetails.
DETAILS = ("sku", "name", "description", "category", "image_urls", "price_minor", "currency")
COLUMNS = f"id, {', '.join(DETAILS)}, stock, version, created_at, updated_at"
# Lists read only the beginning of a description. A column for summaries would require a rewrite of the whole table, and
# the previous release would not update it.
_LISTED = COLUMNS.replace("description", f"LEFT(description, {MAX_SUMMARY_LENGTH + 1}) AS beginning")
_IN_CURRENCY = " AND (%(currency)s IS NULL OR currency = %(currency)s)"
_BY_ID = f"SELECT {COLUMNS} FROM products WHERE id = %(id)s AND archived = FALSE{_IN_CURRENCY}"  # noqa: S608 - constants
_IN_OTHER_CURRENCIES = """
SELECT currency, COUNT(*) AS products
FROM products
WHERE archived = FALSE
  AND currency <> %(currency)s
GROUP BY currency
ORDER BY currency
"""
# Grouped like the categories (category_queries.py): both servers jump from one price to the next. Tested with HAVING,
# because a condition in WHERE would make them read the price of every product.
_UNCHARGEABLE_PRICES = """
SELECT archived, price_minor
FROM products FORCE INDEX (products_by_price)
WHERE archived = FALSE
GROUP BY archived, price_minor
HAVING MOD(price_minor, %(step)s) <> 0
ORDER BY archived, price_minor
LIMIT %(limit)s
"""
# Sort → the order of the list, and the condition for rows after a cursor's position. Both servers read its alternatives
# as two ranges of the index. For `(price, id) > (x, y)` they would read the index from its first row, and for
# `price >= x AND (price > x OR id > y)` all rows with the same price.
_ORDERS = {
    "newest": ("id DESC", "id < %(after_id)s"),
    "price": (
        "price_minor, id",
        "price_minor > %(after_value)s OR (price_minor = %(after_value)s AND id > %(after_id)s)",
    ),
    "-price": (
        "price_minor DESC, id DESC",
        "price_minor < %(after_value)s OR (price_minor = %(after_value)s AND id < %(after_id)s)",
    ),
    "name": ("name, id", "name > %(after_value)s OR (name = %(after_value)s AND id > %(after_id)s)"),
}
# Sort → the index that has this order, for all products and for one category.
_INDEXES = {
    "newest": ("products_newest", "products_category_newest"),
    "price": ("products_by_price", "products_category_by_price"),
    "-price": ("products_by_price", "products_category_by_price"),
    "name": ("products_by_name", "products_category_by_name"),
}
_LIST = f"""
SELECT {_LISTED}
FROM products{{index}}
WHERE {{conditions}}
ORDER BY {{order}}
LIMIT %(limit)s
"""  # noqa: S608 - the columns are a constant
# A search finds at most 1,000 listings. In the order of a list, all products before a rare match would be read.
OF_LISTINGS = " FORCE INDEX (products_variant)"


class ProductQueries:
    """Reads products on sale: those with a price in `currency`, or all of them if it is None.

    With `among`, lists have only the variants of these listings.
    """

    def __init__(
        self, database: Database, currency: str | None = None, *, among: Collection[int] | None = None
    ) -> None:
        self._database = database
        self._currency = currency
        self._among = among

    def by_id(self, product_id: int) -> Product | None:
        """Returns the product, or None if it does not exist, is archived or has a price in another currency."""
        row = self._database.row(_BY_ID, {"id": product_id, "currency": self._currency})
        return None if row is None else product_of(row)

    def count_in_other_currencies(self, currency: str) -> dict[str, int]:
        """Returns the number of products with a price in another currency, by currency."""
        rows = self._database.rows(_IN_OTHER_CURRENCIES, {"currency": currency})
        return {row["currency"]: row["products"] for row in rows}

    def unchargeable_prices(self, step_minor: int, limit: int) -> list[int]:
        """Returns the lowest prices that are not multiples of `step_minor`, in minor units, at most `limit`."""
        if step_minor == 1:
            return []
        rows = self._database.rows(_UNCHARGEABLE_PRICES, {"step": step_minor, "limit": limit})
        return [row["price_minor"] for row in rows]

    def page(self, criteria: ProductFilter, sort: str, after: Position | None, limit: int) -> list[ListedProduct]:
        """Returns at most `limit` products after the position `after`."""
        if self._among is not None and not self._among:
            return []
        order, after_position = _ORDERS[sort]
        conditions, values = conditions_of(criteria, self._currency, self._among)
        if after is not None:
            conditions.append(f"({after_position})")
            values |= {"after_value": after.value, "after_id": after.id}
        sql = _LIST.format(
            index=OF_LISTINGS if self._among else _list_index(criteria, sort),
            conditions=" AND ".join(conditions),
            order=order,
        )
        return [_listed_product(row) for row in self._database.rows(sql, {**values, "limit": limit})]


def _list_index(criteria: ProductFilter, sort: str) -> str:
    # Without the hint, the optimizer reads the index from its first row while most of the list lies after the cursor.
    # Each page then costs as much as all pages before it (MariaDB 10.11 reads 1018 rows for 20; with the hint, 20).
    # With a price range in another order, it chooses by the number of products in the range. Of all indexes, it would
    # choose the primary key for a range in a category, and read products of every category.
    indexes = [_INDEXES[sort]]
    if criteria.min_price_minor is not None or criteria.max_price_minor is not None:
        indexes.append(_INDEXES["price"])
    return _forced(criteria, *indexes)


def _forced(criteria: ProductFilter, *indexes: tuple[str, str]) -> str:
    names = dict.fromkeys(whole if criteria.category is None else of_category for whole, of_category in indexes)
    return f" FORCE INDEX ({', '.join(names)})"


def conditions_of(
    criteria: ProductFilter, currency: str | None, among: Collection[int] | None
) -> tuple[list[str], dict[str, object]]:
    """Returns the conditions of a list, and the values of their parameters. Each condition begins with its column."""
    conditions, values = ["archived = FALSE"], dict[str, object]()
    if currency is not None:
        conditions.append("currency = %(currency)s")
        values["currency"] = currency
    if criteria.category is not None:
        conditions.append("category = %(category)s")
        values["category"] = criteria.category
    if criteria.min_price_minor is not None:
        conditions.append("price_minor >= %(min_price)s")
        values["min_price"] = criteria.min_price_minor
    if criteria.max_price_minor is not None:
        conditions.append("price_minor <= %(max_price)s")
        values["max_price"] = criteria.max_price_minor
    if criteria.in_stock is not None:
        conditions.append("stock > 0" if criteria.in_stock else "stock = 0")
    if among is not None:
        conditions.append("listing_id IN %(listing_ids)s")
        values["listing_ids"] = tuple(among)
    return conditions, values


def product_of(row: Row) -> Product:
    """Returns the product in a row of COLUMNS."""
    return Product(**{**row, "image_urls": tuple(json.loads(row["image_urls"]))})


def _listed_product(row: Row) -> ListedProduct:
    summary = summary_of(row.pop("beginning"))
    return ListedProduct(**{**row, "summary": summary, "image_urls": tuple(json.loads(row["image_urls"]))})
