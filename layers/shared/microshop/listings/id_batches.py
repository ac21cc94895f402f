"""Queries for many listings, in batches."""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from microshop.platform.mysql import Database, Row

# MariaDB turns a list of 1,000 values into a subquery (in_predicate_conversion_threshold), and then reads the whole
# table.
_BATCH = 500


def rows_of(database: Database, sql: str, listing_ids: Collection[int], values: Mapping[str, object]) -> list[Row]:
    """Returns the rows of a query with the parameter `ids`; none without ids."""
    batches = batched(listing_ids, _BATCH, strict=False)
    return [row for ids in batches for row in database.rows(sql, {**values, "ids": ids})]
