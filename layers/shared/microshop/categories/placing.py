"""Rules for the place and the slug of a category."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from microshop.categories.category import MAX_CATEGORIES, TooManyCategories
from microshop.slugs import slug_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_BASE_WITHOUT_LATIN = "category"


def require_room(categories: int) -> None:
    """Refuse another category in a full tree.

    Raises:
        TooManyCategories: there are as many as there may be.
    """
    if categories >= MAX_CATEGORIES:
        raise TooManyCategories


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
