"""SQL that reads lists of listings on sale from their shelves (docs/decisions/0091-lists-and-facets.md)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from microshop.listings.id_batches import rows_of
from microshop.listings.paging import Position
from microshop.listings.shown_listing import ListedListing, NamedBrand
from microshop.products.product import MAX_SUMMARY_LENGTH, summary_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from microshop.listings.filters import ListingFilter
    from microshop.listings.locale import Locale
    from microshop.platform.mysql import Database, Row


class _Order(NamedTuple):
    """The index of a list, its order, and the condition for entries after a position.

    Both servers read the alternatives of a condition as two ranges of the index (products/queries.py).
    """

    index_name: str
    columns: str
    after: str


_ORDERS = {
    "newest": _Order("PRIMARY", "listing_id DESC", "listing_id < %(after_id)s"),
    "price": _Order(
        "shelf_entries_by_price",
        "price_minor, listing_id",
        "(price_minor > %(after_value)s OR (price_minor = %(after_value)s AND listing_id > %(after_id)s))",
    ),
    "-price": _Order(
        "shelf_entries_by_price",
        "price_minor DESC, listing_id DESC",
        "(price_minor < %(after_value)s OR (price_minor = %(after_value)s AND listing_id < %(after_id)s))",
    ),
    "name": _Order(
        "shelf_entries_by_name",
        "name_key, listing_id",
        "(name_key > %(after_value)s OR (name_key = %(after_value)s AND listing_id > %(after_id)s))",
    ),
}
_COLUMNS = {"newest": "listing_id", "name": "listing_id, name_key"}
_ENTRIES = """
SELECT {columns}
FROM shelf_entries FORCE INDEX ({index})
WHERE shelf = %(shelf)s
  AND language = %(language)s
  AND {condition}
ORDER BY {order}
LIMIT %(limit)s
"""
_AMONG = """
SELECT listing_id, name_key, price_minor
FROM shelf_entries FORCE INDEX (PRIMARY)
WHERE shelf = %(shelf)s
  AND language = %(language)s
  AND listing_id IN %(ids)s
"""
_MATCHING = """
SELECT DISTINCT listing_id
FROM products FORCE INDEX (products_variant)
WHERE listing_id IN %(ids)s
  AND archived = FALSE
  AND currency = %(currency)s
  AND {conditions}
"""
_CATEGORY_BY_ID = "SELECT id FROM categories WHERE id = %(category)s"
_CATEGORY_BY_SLUG = "SELECT id FROM categories WHERE slug = %(category)s"
_LISTED = f"""
SELECT listings.id, slug, COALESCE(texts.name, default_texts.name) AS name,
       LEFT(COALESCE(texts.description, default_texts.description), {MAX_SUMMARY_LENGTH + 1}) AS beginning,
       brand_id, brands.name AS brand_name, options, image_urls
FROM listings
JOIN listing_slugs ON listing_slugs.listing_id = listings.id AND is_current = TRUE
JOIN listing_texts AS default_texts
    ON default_texts.listing_id = listings.id AND default_texts.language = %(default_language)s
LEFT JOIN listing_texts AS texts ON texts.listing_id = listings.id AND texts.language = %(language)s
LEFT JOIN brands FORCE INDEX (PRIMARY) ON brands.id = brand_id
WHERE listings.id IN %(ids)s
  AND state = 'active'
"""  # noqa: S608 - a constant
_ON_SALE = """
SELECT listing_id, MIN(price_minor) AS min_price_minor, MAX(price_minor) AS max_price_minor,
       MAX(stock > 0) AS in_stock, COUNT(*) AS variants
FROM products FORCE INDEX (products_variant)
WHERE listing_id IN %(ids)s
  AND archived = FALSE
  AND currency = %(currency)s
GROUP BY listing_id
"""


class ListQueries:
    """Reads lists of one locale. Their listings have a variant on sale with a price in its currency."""

    def __init__(self, database: Database, locale: Locale) -> None:
        self._database = database
        self._locale = locale.parameters

    def category_id(self, category: str) -> int | None:
        """Returns the id of the category with this id or slug, or None if there is none."""
        sql = _CATEGORY_BY_ID if category.isdigit() else _CATEGORY_BY_SLUG
        row = self._database.row(sql, {"category": category})
        return int(row["id"]) if row else None

    def entries(
        self, shelf: str, sort: str, after: Position | None, limit: int, max_price_minor: int | None = None
    ) -> list[Position]:
        """Returns the positions of at most `limit` listings after `after`.

        In an order by price, listings whose lowest price exceeds `max_price_minor` are left out.
        """
        order, conditions = _ORDERS[sort], []
        values: dict[str, object] = {**self._locale, "shelf": shelf, "limit": limit}
        if after is not None:
            conditions.append(order.after)
            value = bytes.fromhex(after.value) if isinstance(after.value, str) else after.value
            values |= {"after_value": value, "after_id": after.id}
        if max_price_minor is not None and sort.endswith("price"):
            conditions.append("price_minor <= %(max_price)s")
            values["max_price"] = max_price_minor
        sql = _ENTRIES.format(
            columns=_COLUMNS.get(sort, "listing_id, price_minor"),
            index=order.index_name,
            condition="\n  AND ".join(conditions or ["TRUE"]),
            order=order.columns,
        )
        return [_position(row, sort) for row in self._database.rows(sql, values)]

    def among(self, shelf: str, sort: str, listing_ids: Collection[int]) -> list[Position]:
        """Returns the positions of those of the listings that are on the shelf, in no order."""
        rows = rows_of(self._database, _AMONG, listing_ids, {**self._locale, "shelf": shelf})
        return [_position(row, sort) for row in rows]

    def matching(self, listing_ids: Collection[int], criteria: ListingFilter) -> set[int]:
        """Returns those of the listings that have a variant with the options, the price and the stock."""
        conditions, values = _variant_conditions(criteria)
        sql = _MATCHING.format(conditions="\n  AND ".join(conditions))
        return {row["listing_id"] for row in rows_of(self._database, sql, listing_ids, {**self._locale, **values})}

    def listed(self, listing_ids: Collection[int]) -> dict[int, ListedListing]:
        """Returns the listings by id, without those that are no longer on sale."""
        if not listing_ids:
            return {}
        values = {**self._locale, "ids": tuple(listing_ids)}
        on_sale = {row.pop("listing_id"): row for row in self._database.rows(_ON_SALE, values)}
        rows = self._database.rows(_LISTED, values)
        return {row["id"]: _listed(row, on_sale[row["id"]]) for row in rows if row["id"] in on_sale}


def _variant_conditions(criteria: ListingFilter) -> tuple[list[str], dict[str, object]]:
    conditions, values = ["TRUE"], dict[str, object]()
    if criteria.min_price_minor is not None:
        conditions.append("price_minor >= %(min_price)s")
        values["min_price"] = criteria.min_price_minor
    if criteria.max_price_minor is not None:
        conditions.append("price_minor <= %(max_price)s")
        values["max_price"] = criteria.max_price_minor
    if criteria.in_stock is not None:
        conditions.append("stock > 0" if criteria.in_stock else "stock = 0")
    for number, option in enumerate(criteria.options):
        names = [f"option_{number}_{place}" for place in range(len(option.values))]
        alternatives = " OR ".join(f"LOCATE(%({name})s, CONCAT(';', options_key, ';'))" for name in names)
        conditions.append(f"({alternatives})")
        values |= {name: f";{option.code}={value};" for name, value in zip(names, option.values, strict=True)}
    return conditions, values


def _position(row: Row, sort: str) -> Position:
    match sort:
        case "newest":
            return Position(None, row["listing_id"])
        case "name":
            return Position(row["name_key"].hex(), row["listing_id"])
        case _:
            return Position(row["price_minor"], row["listing_id"])


def _listed(row: Row, on_sale: Row) -> ListedListing:
    return ListedListing(
        id=row["id"],
        slug=row["slug"],
        name=row["name"],
        summary=summary_of(row["beginning"]),
        brand=NamedBrand(row["brand_id"], row["brand_name"]) if row["brand_id"] else None,
        image_urls=tuple(json.loads(row["image_urls"])),
        option_codes=tuple(option["code"] for option in json.loads(row["options"])),
        min_price_minor=on_sale["min_price_minor"],
        max_price_minor=on_sale["max_price_minor"],
        in_stock=bool(on_sale["in_stock"]),
        variants=on_sale["variants"],
    )
