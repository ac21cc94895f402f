"""Rules for the place and the slug of a category."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from microshop.categories.category import MAX_CATEGORIES, MAX_LEVELS, TooManyCategories
from microshop.errors import FieldProblem, InvalidInput
from microshop.slugs import slug_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from microshop.categories.category import Category

_BASE_WITHOUT_LATIN = "category"


def require_room(categories: int) -> None:
    """Refuse another category in a full tree.

    Raises:
        TooManyCategories: there are as many as there may be.
    """
    if categories >= MAX_CATEGORIES:
        raise TooManyCategories


def require_parent(parent: Category | None, *, levels: int, moved: Category | None = None) -> None:
    """Check that a category with `levels` levels, its own among them, may be below `parent`; None is the root.

    Raises:
        InvalidInput: the parent is the moved category or below it, or the tree would have too many levels.
    """
    if parent and moved and moved.contains(parent):
        raise InvalidInput(FieldProblem("parent_id", "must not be the category itself or one below it"))
    if (parent.level if parent else 0) + levels > MAX_LEVELS:
        raise InvalidInput(FieldProblem("parent_id", f"would make the tree deeper than {MAX_LEVELS} levels"))


def arranged(siblings: Sequence[int], moved: int, before: int) -> list[int]:
    """Returns the ids of siblings in their new order, with `moved` before `before`.

    Raises:
        InvalidInput: `before` is none of the other siblings.
    """
    others = [each for each in siblings if each != moved]
    if before not in others:
        raise InvalidInput(FieldProblem("before_id", "must be another child of the parent"))
    place = others.index(before)
    return [*others[:place], moved, *others[place:]]


def position_of_new(last: int) -> int:
    """Returns the position of a new category, whose siblings have positions up to `last`.

    It is the last one. Siblings that nobody has arranged all have the position 0, so names sort them and it.
    """
    return last + 1 if last else 0


def unused_slug(name: str, slugs_like: Callable[[str], Collection[str]]) -> str:
    """Returns a slug for a category of this name that no other category has.

    `slugs_like` returns the slugs of categories that begin with a text.
    """
    base = slug_of(name) or _BASE_WITHOUT_LATIN
    taken = slugs_like(base)
    numbered = (f"{base}-{number}" for number in itertools.count(2))
    return next(slug for slug in itertools.chain([base], numbered) if slug not in taken)
