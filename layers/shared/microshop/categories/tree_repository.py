"""All SQL that changes the category tree."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.categories.category import ROOT
from microshop.collation import name_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microshop.categories.category import NewCategory
    from microshop.platform.mysql import Database

_LOCK = "SELECT id FROM category_tree WHERE id = 1 FOR UPDATE"
_COUNT = "SELECT COUNT(*) AS categories FROM categories"
_LAST_POSITION = """
SELECT COALESCE(MAX(position), 0) AS position
FROM categories FORCE INDEX (categories_siblings)
WHERE parent_id = %(parent_id)s
"""
_SLUGS_LIKE = "SELECT slug FROM categories FORCE INDEX (categories_slug) WHERE slug LIKE %(beginning)s"
# The path ends in the id, which the INSERT assigns.
_INSERT = """
INSERT INTO categories (parent_id, path, position, slug, version, created_at, updated_at)
VALUES (%(parent_id)s, '', %(position)s, %(slug)s, 1, %(now)s, %(now)s)
"""
_SET_PATH = "UPDATE categories SET path = CONCAT(%(parent_path)s, id, '/') WHERE id = %(id)s"
_INSERT_TEXT = """
INSERT INTO category_texts (category_id, language, parent_id, name, name_key)
VALUES (%(category_id)s, %(language)s, %(parent_id)s, %(name)s, %(name_key)s)
"""


class CategoryTreeRepository:
    """Changes the tree. Call `lock` first in each transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lock(self) -> None:
        """Wait until no other transaction changes the tree."""
        self._database.row(_LOCK)

    def count(self) -> int:
        """Returns the number of categories."""
        [row] = self._database.rows(_COUNT)
        return int(row["categories"])

    def last_position(self, parent_id: int) -> int:
        """Returns the highest position of the children of a category, 0 without any."""
        [row] = self._database.rows(_LAST_POSITION, {"parent_id": parent_id})
        return int(row["position"])

    def slugs_like(self, beginning: str) -> set[str]:
        """Returns the slugs that begin with a text."""
        return {row["slug"] for row in self._database.rows(_SLUGS_LIKE, {"beginning": f"{beginning}%"})}

    def add(self, category: NewCategory) -> int:
        """Insert a category. Returns its id."""
        parent_id = category.parent.id if category.parent else ROOT
        values = {"parent_id": parent_id, "position": category.position, "slug": category.slug}
        category_id = self._database.insert(_INSERT, {**values, "now": datetime.now(UTC)})
        self._database.execute(
            _SET_PATH, {"id": category_id, "parent_path": category.parent.path if category.parent else "/"}
        )
        self._add_texts(category_id, parent_id, category.names)
        return category_id

    def _add_texts(self, category_id: int, parent_id: int, names: Mapping[str, str]) -> None:
        for language, name in names.items():
            values = {"category_id": category_id, "language": language, "parent_id": parent_id}
            self._database.execute(_INSERT_TEXT, {**values, "name": name, "name_key": name_key(name)})
