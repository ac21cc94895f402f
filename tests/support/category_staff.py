"""Staff who maintain the category tree, and what the tree is afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from microshop.categories.category import CategoryDetails, Place
from microshop.categories.managing import add_category, change_category, delete_category, move_category
from microshop.categories.unit_of_work import CategoriesUnitOfWork
from microshop.versions import ExpectedVersion
from tests.support.builders import a_caller

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.categories.category import AddedCategory, ManagedCategory
    from microshop.idempotency.key import IdempotencyKey
    from microshop.platform.mysql import Database

ANY_VERSION = ExpectedVersion(any_version=True)

_ROWS = "SELECT id, parent_id, path, position, slug, refresh_after, version FROM categories ORDER BY id"
_NAMES = """
SELECT c.id, c.parent_id, t.parent_id AS parent_in_text, t.language, t.name
FROM categories c
JOIN category_texts t ON t.category_id = c.id
ORDER BY c.id, t.language
"""


@dataclass
class CategoryStaff:
    """Changes the tree, by default whatever the version is."""

    database: Database
    caller: Caller = field(default_factory=a_caller)

    @property
    def uow(self) -> CategoriesUnitOfWork:
        return CategoriesUnitOfWork(self.database)

    def add(
        self,
        name: str,
        parent_id: int = 0,
        *,
        slug: str | None = None,
        key: IdempotencyKey | None = None,
        **others: str,
    ) -> AddedCategory:
        details = CategoryDetails({"en": name, **others}, slug, name)
        return add_category(self.caller, parent_id, details, key, self.uow)

    def change(
        self,
        category_id: int,
        name: str,
        expected: ExpectedVersion = ANY_VERSION,
        *,
        slug: str | None = None,
        **others: str,
    ) -> ManagedCategory:
        details = CategoryDetails({"en": name, **others}, slug, name)
        return change_category(self.caller, category_id, details, expected, self.uow)

    def move(
        self,
        category_id: int,
        parent_id: int,
        *,
        position: int | None = None,
        before_id: int | None = None,
        expected: ExpectedVersion = ANY_VERSION,
    ) -> ManagedCategory:
        place = Place(parent_id, position, before_id, "en")
        return move_category(self.caller, category_id, place, expected, self.uow)

    def delete(self, category_id: int, expected: ExpectedVersion | None = None) -> None:
        delete_category(self.caller, category_id, expected, self.uow)

    def paths(self) -> dict[int, str]:
        """The stored paths by id."""
        return {row["id"]: row["path"] for row in self.database.rows(_ROWS)}

    def names_by_path(self) -> list[str]:
        """The tree as texts such as `Clothes/Shoes`, sorted."""
        names = {row["id"]: row["name"] for row in self.database.rows(_NAMES) if row["language"] == "en"}
        return sorted("/".join(names[int(each)] for each in path.split("/")[1:-1]) for path in self.paths().values())

    def to_refresh(self) -> set[int]:
        """The categories whose listings must be indexed again."""
        return {row["id"] for row in self.database.rows(_ROWS) if row["refresh_after"] is not None}

    def faults(self) -> list[str]:
        """What is wrong with the tree: wrong paths, cycles, equal names below one parent."""
        rows = {row["id"]: row for row in self.database.rows(_ROWS)}
        wrong = [f"path of {each}" for each in rows if rows[each]["path"] != _path_by_parents(each, rows)]
        named = self.database.rows(_NAMES)
        seen = [(row["parent_id"], row["language"], row["name"].casefold()) for row in named]
        wrong += [f"name {each}" for each in set(seen) if seen.count(each) > 1]
        return wrong + [f"parent in text of {row['id']}" for row in named if row["parent_in_text"] != row["parent_id"]]


def _path_by_parents(category_id: int, rows: dict[int, dict[str, object]]) -> str:
    ids: list[int] = []
    while category_id and category_id not in ids:
        ids.insert(0, category_id)
        parent = rows[category_id]["parent_id"]
        assert isinstance(parent, int)
        category_id = parent
    return "".join(["/", *(f"{each}/" for each in ids)]) if not category_id else "cycle"
