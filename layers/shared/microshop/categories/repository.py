"""SQL on the categories of listings: it finds them by name and creates missing ones. The tree: tree_repository.py."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from microshop.categories.category import ROOT, NamedCategory, NewCategory, ids_of
from microshop.categories.placing import position_of_new, require_room, unused_slug
from microshop.categories.tree_repository import CategoryTreeRepository
from microshop.collation import name_key

if TYPE_CHECKING:
    from collections.abc import Collection

    from microshop.platform.mysql import Database

# Several parents may have a category of this name: the one nearest to the root, then the oldest.
_NAMED = """
SELECT categories.id, named.name
FROM category_texts AS named FORCE INDEX (category_texts_by_name)
JOIN categories ON categories.id = named.category_id
WHERE named.name_key = %(name_key)s
  AND named.language = %(language)s
ORDER BY LENGTH(categories.path) - LENGTH(REPLACE(categories.path, '/', '')), categories.id
LIMIT 1
"""
_PATHS = "SELECT path FROM categories WHERE id IN %(ids)s"
_NAMES = "SELECT category_id, language, name FROM category_texts WHERE category_id IN %(ids)s"


class CategoryRepository:
    """Reads categories by id and by name, and creates those that products name."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tree = CategoryTreeRepository(database)

    def named(self, name: str, language: str) -> NamedCategory:
        """Returns the category with this name, compared without case, accents and width, and its canonical name.

        Creates a top category if there is none. Only then it locks the tree, until the end of the transaction.

        Raises:
            TooManyCategories: there is none, and the tree is full.
        """
        return self._find(name, language) or self._create(name, language)

    def _find(self, name: str, language: str) -> NamedCategory | None:
        row = self._database.row(_NAMED, {"name_key": name_key(name), "language": language})
        return None if row is None else NamedCategory(**row)

    def _create(self, name: str, language: str) -> NamedCategory:
        self._tree.lock()
        # Another transaction may have created it before this one had the lock.
        if found := self._find(name, language):
            return found
        require_room(self._tree.count())
        position = position_of_new(self._tree.last_position(ROOT))
        slug = unused_slug(name, self._tree.slugs_like)
        return NamedCategory(self._tree.add(NewCategory(None, position, slug, {language: name})), name)

    def with_ancestors(self, category_ids: Collection[int]) -> set[int]:
        """Returns the ids with those of all ancestors."""
        if not category_ids:
            return set()
        rows = self._database.rows(_PATHS, {"ids": tuple(category_ids)})
        return {category_id for row in rows for category_id in ids_of(row["path"])}

    def names(self, category_ids: Collection[int]) -> dict[int, dict[str, str]]:
        """Returns the names of categories: id → language → name."""
        names: defaultdict[int, dict[str, str]] = defaultdict(dict)
        if category_ids:
            for row in self._database.rows(_NAMES, {"ids": tuple(category_ids)}):
                names[row["category_id"]][row["language"]] = row["name"]
        return dict(names)
