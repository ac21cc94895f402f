"""All SQL that changes the category tree."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microshop.categories.category import ROOT, Category, ManagedCategory
from microshop.collation import name_key
from microshop.errors import FieldProblem, SlugTaken
from microshop.platform.mysql_errors import DuplicateKey
from microshop.staff_errors import CategoryNameTaken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from microshop.categories.category import NewCategory
    from microshop.platform.mysql import Database

COLUMNS = "id, parent_id, path, position, slug, version, created_at, updated_at"

_LOCK = "SELECT id FROM category_tree WHERE id = 1 FOR UPDATE"
_COUNT = "SELECT COUNT(*) AS categories FROM categories"
_LAST_POSITION = """
SELECT COALESCE(MAX(position), 0) AS position
FROM categories FORCE INDEX (categories_siblings)
WHERE parent_id = %(parent_id)s
"""
_SLUGS_LIKE = "SELECT slug FROM categories FORCE INDEX (categories_slug) WHERE slug LIKE %(beginning)s"
# A locking read: adding a listing to the category locks the row as well.
_BY_ID = f"SELECT {COLUMNS} FROM categories WHERE id = %(id)s FOR UPDATE"  # noqa: S608 - a constant
_NAMES = "SELECT language, name FROM category_texts WHERE category_id = %(id)s ORDER BY language"
_SIBLING = """
SELECT category_id
FROM category_texts FORCE INDEX (category_texts_siblings)
WHERE parent_id = %(parent_id)s
  AND language = %(language)s
  AND name_key = %(name_key)s
"""
_CHILDREN = f"""
SELECT {COLUMNS}
FROM categories FORCE INDEX (categories_siblings)
WHERE parent_id = %(parent_id)s
"""  # noqa: S608 - a constant
_NAMES_OF_CHILDREN = """
SELECT category_id, language, name
FROM category_texts FORCE INDEX (category_texts_siblings)
WHERE parent_id = %(parent_id)s
"""
_DEEPEST = """
SELECT MAX(LENGTH(path) - LENGTH(REPLACE(path, '/', ''))) - 1 AS level
FROM categories FORCE INDEX (categories_path)
WHERE path LIKE %(subtree)s
"""
_HAS_CHILDREN = "SELECT id FROM categories FORCE INDEX (categories_siblings) WHERE parent_id = %(id)s LIMIT 1"
_HAS_LISTINGS = "SELECT listing_id FROM listing_categories WHERE category_id = %(id)s LIMIT 1"
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
_DELETE_TEXTS = "DELETE FROM category_texts WHERE category_id = %(id)s"
_UPDATE = """
UPDATE categories
SET slug = %(slug)s,
    version = version + 1,
    updated_at = %(now)s
WHERE id = %(id)s
"""
_MOVE = """
UPDATE categories
SET parent_id = %(parent_id)s,
    position = %(position)s,
    version = version + 1,
    updated_at = %(now)s
WHERE id = %(id)s
"""
_MOVE_PATHS = """
UPDATE categories
SET path = CONCAT(%(parent_path)s, SUBSTRING(path, %(kept_from)s))
WHERE path LIKE %(subtree)s
"""
# Negative numbers are before all listings, and differ in each change. So indexing that is under way sees that the
# category has changed again (listings/refresh_repository.py).
_REFRESH = """
UPDATE categories
SET refresh_after = -FLOOR(UNIX_TIMESTAMP(NOW(6)) * 1000000)
WHERE path LIKE %(subtree)s
"""
_ARRANGE = "UPDATE categories SET position = FIND_IN_SET(id, %(order)s) WHERE parent_id = %(parent_id)s"
_DELETE = "DELETE FROM categories WHERE id = %(id)s"


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

    def find(self, category_id: int) -> ManagedCategory | None:
        """Returns a category, locked until the transaction ends; None if there is no such category."""
        row = self._database.row(_BY_ID, {"id": category_id})
        if row is None:
            return None
        names = {each["language"]: each["name"] for each in self._database.rows(_NAMES, {"id": category_id})}
        return ManagedCategory(Category(**row), names)

    def children(self, parent_id: int) -> list[ManagedCategory]:
        """Returns the children of a category, in no order."""
        names: dict[int, dict[str, str]] = {}
        for row in self._database.rows(_NAMES_OF_CHILDREN, {"parent_id": parent_id}):
            names.setdefault(row["category_id"], {})[row["language"]] = row["name"]
        rows = self._database.rows(_CHILDREN, {"parent_id": parent_id})
        return [ManagedCategory(Category(**row), names[row["id"]]) for row in rows]

    def deepest_level(self, category: Category) -> int:
        """Returns the level of the deepest category in a subtree."""
        [row] = self._database.rows(_DEEPEST, {"subtree": _subtree(category)})
        return int(row["level"])

    def has_children(self, category_id: int) -> bool:
        """Whether there are categories below the category."""
        return self._database.row(_HAS_CHILDREN, {"id": category_id}) is not None

    def has_listings(self, category_id: int) -> bool:
        """Whether listings in any state are in the category."""
        return self._database.row(_HAS_LISTINGS, {"id": category_id}) is not None

    def require_unique_names(self, parent_id: int, names: Mapping[str, str], category_id: int | None = None) -> None:
        """Check that no child of a parent, except the category itself, has one of the names.

        Raises:
            CategoryNameTaken: names the languages in which one does.
        """
        problems = [
            FieldProblem(f"texts.{language}.name", "is the name of another category below the same parent")
            for language, name in names.items()
            if self._named(parent_id, language, name) not in (None, category_id)
        ]
        if problems:
            raise CategoryNameTaken(*problems)

    def _named(self, parent_id: int, language: str, name: str) -> int | None:
        values = {"parent_id": parent_id, "language": language, "name_key": name_key(name)}
        row = self._database.row(_SIBLING, values)
        return None if row is None else int(row["category_id"])

    def add(self, category: NewCategory) -> int:
        """Insert a category. Returns its id.

        Raises:
            SlugTaken: another category has the slug.
        """
        parent_id = category.parent.id if category.parent else ROOT
        values = {"parent_id": parent_id, "position": category.position, "slug": category.slug}
        try:
            category_id = self._database.insert(_INSERT, {**values, "now": datetime.now(UTC)})
        except DuplicateKey:
            raise SlugTaken from None
        self._database.execute(_SET_PATH, {"id": category_id, "parent_path": _path(category.parent)})
        self._add_texts(category_id, parent_id, category.names)
        return category_id

    def update(self, category: Category, slug: str, names: Mapping[str, str]) -> None:
        """Replace slug and names of a category.

        Raises:
            SlugTaken: another category has the slug.
        """
        try:
            self._database.execute(_UPDATE, {"id": category.id, "slug": slug, "now": datetime.now(UTC)})
        except DuplicateKey:
            raise SlugTaken from None
        self._database.execute(_DELETE_TEXTS, {"id": category.id})
        self._add_texts(category.id, category.parent_id, names)

    def move(self, category: Category, parent: Category | None, position: int) -> None:
        """Move a category, and all categories below it, to another parent; None is the root."""
        values = {"id": category.id, "parent_id": parent.id if parent else ROOT, "position": position}
        self._database.execute(_MOVE, {**values, "now": datetime.now(UTC)})
        kept_from = len(category.path.removesuffix(f"{category.id}/")) + 1
        self._database.execute(
            _MOVE_PATHS, {"parent_path": _path(parent), "kept_from": kept_from, "subtree": _subtree(category)}
        )

    def arrange(self, parent_id: int, order: Sequence[int]) -> None:
        """Number the children of a category in the order of their ids in `order`."""
        self._database.execute(_ARRANGE, {"parent_id": parent_id, "order": ",".join(map(str, order))})

    def index_again(self, category: Category) -> None:
        """Let the listings of a category, and of all categories below it, be indexed again."""
        self._database.execute(_REFRESH, {"subtree": _subtree(category)})

    def delete(self, category_id: int) -> None:
        """Delete a category without children and listings."""
        self._database.execute(_DELETE_TEXTS, {"id": category_id})
        self._database.execute(_DELETE, {"id": category_id})

    def _add_texts(self, category_id: int, parent_id: int, names: Mapping[str, str]) -> None:
        for language, name in names.items():
            values = {"category_id": category_id, "language": language, "parent_id": parent_id}
            self._database.execute(_INSERT_TEXT, {**values, "name": name, "name_key": name_key(name)})


def _path(parent: Category | None) -> str:
    return parent.path if parent else "/"


def _subtree(category: Category) -> str:
    return f"{category.path}%"
