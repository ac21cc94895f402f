"""Queries of the category tree. The benchmark's shops have the same categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.categories.category import Category, ManagedCategory
from microshop.categories.queries import CategoryNames, TreeQueries
from tests.benchmarks.data_size.query import Query

if TYPE_CHECKING:
    from tests.benchmarks.data_size.shops import Shop


def _tree(shop: Shop) -> TreeQueries:
    return TreeQueries(shop.database)


def _category(shop: Shop) -> ManagedCategory:
    now = shop.samples.now
    category = Category(
        id=1, parent_id=0, path="/1/", position=0, slug="kitchen", version=1, created_at=now, updated_at=now
    )
    return ManagedCategory(category, {"en": "kitchen"})


CATEGORY_QUERIES = (
    Query(
        "categories",
        "the stored name",
        "CategoryNames.as_stored",
        lambda shop: CategoryNames(shop.database).as_stored("kitchen", "en"),
    ),
    Query("categories", "the tree", "TreeQueries.all", lambda shop: _tree(shop).all()),
    Query("categories", "a category by its slug", "TreeQueries.find", lambda shop: _tree(shop).find("kitchen")),
    Query(
        "categories",
        "categories above a category",
        "TreeQueries.ancestors",
        lambda shop: _tree(shop).ancestors(_category(shop).category),
    ),
    Query("categories", "top categories", "TreeQueries.children", lambda shop: _tree(shop).children()),
    Query(
        "categories",
        "listings of a category",
        "TreeQueries.listings",
        lambda shop: list(_tree(shop).listings([_category(shop)])),
    ),
    Query(
        "categories",
        "listings on sale of a category",
        "TreeQueries.on_sale",
        lambda shop: list(_tree(shop).on_sale([_category(shop)], "en")),
    ),
)
