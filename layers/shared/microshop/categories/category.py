"""The values of the category tree, and the rules of its paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import Conflict
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

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
