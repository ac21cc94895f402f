"""SQL that reads the category tree, and counts the listings of its categories."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from microshop.categories.category import ROOT, Category, ManagedCategory, ids_of
from microshop.collation import name_key
from microshop.cursors import MAX_COUNTED, Count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from microshop.platform.mysql import Database, Row

_COLUMNS = "id, parent_id, path, position, slug, version, created_at, updated_at"
_ALL = f"SELECT {_COLUMNS} FROM categories"  # noqa: S608 - a constant
_ALL_NAMES = "SELECT category_id, language, name FROM category_texts"
_BY_ID = f"{_ALL} WHERE id = %(id)s"
_BY_SLUG = f"{_ALL} WHERE slug = %(slug)s"
_BY_IDS = f"{_ALL} WHERE id IN %(ids)s"
_CHILDREN = f"{_ALL} FORCE INDEX (categories_siblings) WHERE parent_id = %(parent_id)s"
_NAMES = f"{_ALL_NAMES} WHERE category_id IN %(ids)s"
# A limit within a subquery cannot depend on a row of the query around it, so each category has a query of its own.
_LISTINGS = f"""
SELECT {{number}} AS number, COUNT(*) AS seen
FROM (
    SELECT 1
    FROM listing_categories FORCE INDEX (listing_categories_of_category)
    WHERE category_id = %(id_{{number}})s
    LIMIT {MAX_COUNTED + 1}
) AS counted_{{number}}
"""  # noqa: S608 - constants
_ON_SALE = f"""
SELECT {{number}} AS number, COUNT(*) AS seen
FROM (
    SELECT 1
    FROM shelf_entries FORCE INDEX (shelf_entries_by_price)
    WHERE shelf = CONCAT('category:', %(id_{{number}})s)
      AND language = %(language)s
    LIMIT {MAX_COUNTED + 1}
) AS counted_{{number}}
"""  # noqa: S608 - constants
_COUNTED_TOGETHER = 100


_AS_STORED = """
SELECT name
FROM category_texts FORCE INDEX (category_texts_by_name)
WHERE name_key = %(name_key)s
  AND language = %(language)s
ORDER BY category_id
LIMIT 1
"""


class CategoryNames:
    """Finds categories by their names."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def as_stored(self, name: str, language: str) -> str:
        """Returns the name of the category that has this name in other case, accents or width; `name` if none has."""
        row = self._database.row(_AS_STORED, {"name_key": name_key(name), "language": language})
        return str(row["name"]) if row else name


class TreeQueries:
    """Reads the category tree."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[ManagedCategory]:
        """Returns all categories, in no order."""
        return _managed(self._database.rows(_ALL), self._database.rows(_ALL_NAMES))

    def find(self, id_or_slug: str) -> ManagedCategory | None:
        """Returns a category by its id, which has only digits, or else by its slug."""
        row = (
            self._database.row(_BY_ID, {"id": id_or_slug})
            if id_or_slug.isdigit()
            else self._database.row(_BY_SLUG, {"slug": id_or_slug})
        )
        return self._with_names([row])[0] if row else None

    def ancestors(self, category: Category) -> list[ManagedCategory]:
        """Returns the categories above a category, from the root."""
        ids = ids_of(category.path)[:-1]
        if not ids:
            return []
        found = {each.category.id: each for each in self._with_names(self._database.rows(_BY_IDS, {"ids": ids}))}
        return [found[each] for each in ids if each in found]

    def children(self, parent_id: int = ROOT) -> list[ManagedCategory]:
        """Returns the children of a category, in no order."""
        return self._with_names(self._database.rows(_CHILDREN, {"parent_id": parent_id}))

    def listings(self, categories: Iterable[ManagedCategory]) -> Mapping[int, Count]:
        """Returns the number of listings in any state, without those of the categories below."""
        return self._counted(_LISTINGS, categories, {})

    def on_sale(self, categories: Iterable[ManagedCategory], language: str) -> Mapping[int, Count]:
        """Returns the number of listings on sale, with those of the categories below."""
        return self._counted(_ON_SALE, categories, {"language": language})

    def _with_names(self, rows: Sequence[Row]) -> list[ManagedCategory]:
        if not rows:
            return []
        return _managed(rows, self._database.rows(_NAMES, {"ids": [row["id"] for row in rows]}))

    def _counted(
        self, count: str, categories: Iterable[ManagedCategory], values: Mapping[str, object]
    ) -> Mapping[int, Count]:
        counts: dict[int, Count] = {}
        ids = (each.category.id for each in categories)
        for batch in itertools.batched(ids, _COUNTED_TOGETHER, strict=False):
            sql = " UNION ALL ".join(count.format(number=number) for number in range(len(batch)))
            named = {f"id_{number}": category_id for number, category_id in enumerate(batch)}
            for row in self._database.rows(sql, {**values, **named}):
                counts[batch[row["number"]]] = Count.of(seen=int(row["seen"]), found=int(row["seen"]))
        return counts


def _managed(rows: Sequence[Row], names: Sequence[Row]) -> list[ManagedCategory]:
    by_id: dict[int, dict[str, str]] = {}
    for row in names:
        by_id.setdefault(row["category_id"], {})[row["language"]] = row["name"]
    # A category that was added between the two queries has no names yet.
    return [ManagedCategory(Category(**row), by_id[row["id"]]) for row in rows if row["id"] in by_id]
