"""The values of the category tree, and the rules of its paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import Conflict, FieldProblem, InvalidInput
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from microshop.cursors import Count

ROOT = 0
"""The parent of the top categories."""
MAX_CATEGORIES = 2000
MAX_LEVELS = 6
"""The CHECK of `categories.path`."""
MAX_NAME_LENGTH = 64
MAX_POSITION = 1_000_000


class NamedCategory(Value):
    """A category and its name in one language."""

    id: int
    name: str


class Category(Value):
    """A category without its texts. `path` has the ids from the root, as in `/3/17/`; `parent_id` may be ROOT."""

    id: int
    parent_id: int
    path: str
    position: int
    slug: str
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def level(self) -> int:
        """The level in the tree: 1 at the top."""
        return len(ids_of(self.path))

    def contains(self, other: Category) -> bool:
        """Whether the other category is this one or below it."""
        return other.path.startswith(self.path)


class ManagedCategory(Value):
    """A category as staff see it. `names`: language → name; `listings` counts those in any state, if it was counted."""

    category: Category
    names: Mapping[str, str]
    listings: Count | None = None

    @property
    def audited(self) -> Mapping[str, object]:
        """The fields that the audit log has of a change."""
        category = self.category
        return {
            "names": dict(self.names),
            "slug": category.slug,
            "parent_id": category.parent_id,
            "position": category.position,
        }


class AddedCategory(Value):
    """The result of adding a category."""

    id: int
    slug: str
    version: int


class CategoryDetails(Value):
    """The fields of a category that staff set. `names`: language → name; a slug of None makes or keeps one."""

    names: Mapping[str, str]
    slug: str | None
    default_name: str


class Place(Value):
    """Where a category is moved to: the parent, and the position or the sibling before which it comes.

    For `before_id`, the siblings are numbered in their order; those with equal positions are sorted in `language`.
    """

    parent_id: int
    position: int | None
    before_id: int | None
    language: str


class NewCategory(Value):
    """The fields of a category that is to be added. `names`: language → name."""

    parent: Category | None
    position: int
    slug: str
    names: Mapping[str, str]


class TooManyCategories(Conflict):
    """The tree has `MAX_CATEGORIES`."""

    def __init__(self) -> None:
        super().__init__(f"The shop has {MAX_CATEGORIES:,} categories, the maximum. Delete one first.")


def ids_of(path: str) -> list[int]:
    """Returns the ids in a path, from the root to the category itself."""
    return [int(each) for each in path.split("/") if each]


def require_languages(names: Mapping[str, str], languages: Sequence[str]) -> None:
    """Check that names are in languages of the catalogue, and that the first one is among them.

    Raises:
        InvalidInput: names the language that is unknown or missing.
    """
    unknown = [
        FieldProblem(f"texts.{language}", f"is not one of the languages {', '.join(languages)}")
        for language in names
        if language not in languages
    ]
    if unknown:
        raise InvalidInput(*unknown)
    if languages[0] not in names:
        raise InvalidInput(FieldProblem(f"texts.{languages[0]}", "is required"))
