"""A measured query, and what queries of several groups need."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.data_size.shops import Shop

CATALOGUE = frozenset({"products", "listings", "requests", "search", "categories"})
"""The groups that are compared with a shop of 1,000 products."""
PAGE = 21  # 20 items, and one to know whether another page follows


class Query(NamedTuple):
    """A query: its group and name in the report, the method that it measures, and a call of it.

    A whole request measures several methods, and `method` is empty.
    """

    group: str
    name: str
    method: str
    run: Callable[[Shop], object]


def rolled_back(shop: Shop, action: Callable[[], object]) -> object:
    """Run the action in a transaction that changes nothing. Returns its result."""
    shop.database.begin()
    try:
        return action()
    finally:
        shop.database.rollback()
