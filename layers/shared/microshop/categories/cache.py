"""The entries of categories in the cache, at most a minute old, because listings change their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.errors import Unavailable
from microshop.platform.redis import redis
from microshop.products.cache import ProductCache

if TYPE_CHECKING:
    from collections.abc import Iterable


def tree_subject(language: str) -> str:
    """Returns the subject of the tree in a language."""
    return f"category-tree:{language}"


def category_subject(id_or_slug: str, language: str) -> str:
    """Returns the subject of a category in a language."""
    return f"category:{language}:{id_or_slug}"


def invalidate_tree(languages: Iterable[str]) -> str:
    """Delete the entries of the tree, after the commit. Returns "redis" if Redis does not answer, else "".

    Those of single categories are up to a minute old: a change may concern many of them.
    """
    try:
        ProductCache(redis()).invalidate(*map(tree_subject, languages))
    except Unavailable:
        return "redis"
    return ""
