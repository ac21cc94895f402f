"""SQL that lists variants for staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.cursors import MAX_COUNTED, Count
from microshop.listings.variant import VariantState
from microshop.listings.variant_list import ListedVariant, Sale

if TYPE_CHECKING:
    from microshop.listings.variant_list import VariantFilter
    from microshop.platform.mysql import Database, Row

# A product of the previous release has no listing, so its text may be missing.
_PAGE = """
SELECT products.id, products.listing_id, listing_texts.name AS listing_name, sku, products.name, options_key,
       price_minor, currency, stock, low_stock_threshold, is_low, version, updated_at, archived, hidden_by_listing,
       variant_key IS NULL AS is_released
FROM products FORCE INDEX ({index})
LEFT JOIN listing_texts ON listing_texts.listing_id = products.listing_id
    AND language = %(language)s
WHERE {conditions}
ORDER BY products.id DESC
LIMIT %(limit)s
"""
_COUNT = """
SELECT COUNT(*) AS found
FROM (SELECT 1 FROM products FORCE INDEX ({index}) WHERE {conditions} LIMIT %(limit)s) AS looked_at
"""
_SKU, _LISTING, _LOW = "sku = %(sku)s", "products.listing_id = %(listing_id)s", "is_low = TRUE"
_SALE = "archived = %(archived)s"
# The first condition of a list decides the index, which has the rows in the order of their ids. A listing has at most
# 250 variants, so the other conditions are tested on these.
_INDEXES = {_SKU: "products_sku", _LISTING: "products_variant", _LOW: "products_low_stock", _SALE: "products_newest"}


class VariantQueries:
    """Lists variants. Those with low stock and those in a state are read from an index of their own."""

    def __init__(self, database: Database, default_language: str) -> None:
        self._database = database
        self._language = default_language

    def page(self, criteria: VariantFilter, before_id: int | None, limit: int) -> list[ListedVariant]:
        """Returns at most `limit` variants that are older than `before_id`, the newest first."""
        conditions = _conditions(criteria)
        sql = _PAGE.format(
            index=_index(conditions),
            conditions=_and([*conditions, *([] if before_id is None else ["products.id < %(before_id)s"])]),
        )
        values = {**_values(criteria), "language": self._language, "before_id": before_id, "limit": limit}
        return [_listed(row) for row in self._database.rows(sql, values)]

    def count(self, criteria: VariantFilter) -> Count:
        """Returns the number of variants, counted up to MAX_COUNTED."""
        conditions = _conditions(criteria)
        sql = _COUNT.format(index=_index(conditions), conditions=_and(conditions))
        [row] = self._database.rows(sql, {**_values(criteria), "limit": MAX_COUNTED + 1})
        return Count.of(seen=row["found"], found=row["found"])


def _conditions(criteria: VariantFilter) -> list[str]:
    """Returns the conditions of a list, the most selective one first."""
    wanted = {
        _SKU: criteria.sku is not None,
        _LISTING: criteria.listing_id is not None,
        _LOW: criteria.is_low,
        _SALE: criteria.sale is not None,
    }
    return [condition for condition, is_wanted in wanted.items() if is_wanted]


def _index(conditions: list[str]) -> str:
    return _INDEXES[conditions[0]] if conditions else "PRIMARY"


def _and(conditions: list[str]) -> str:
    return "\n  AND ".join(conditions) or "TRUE"


def _values(criteria: VariantFilter) -> dict[str, object]:
    return {"sku": criteria.sku, "listing_id": criteria.listing_id, "archived": criteria.sale == Sale.OFF_SALE}


def _listed(row: Row) -> ListedVariant:
    flags = {name: bool(row.pop(name)) for name in ("archived", "hidden_by_listing", "is_released")}
    return ListedVariant(**{**row, "is_low": bool(row["is_low"]), "state": VariantState.of(**flags)})
