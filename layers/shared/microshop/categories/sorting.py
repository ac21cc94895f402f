"""The order of categories: by position, then by name as readers of a language expect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.collation import sort_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from microshop.categories.category import ManagedCategory


def name_in(names: Mapping[str, str], language: str, default: str) -> str:
    """Returns the name in a language: else that in the default language, else any.

    Only names of a category that `named` created in another language than today's default lack the default.
    """
    return names.get(language) or names.get(default) or next(iter(names.values()))


def sorted_siblings(siblings: Iterable[ManagedCategory], language: str, default: str = "") -> list[ManagedCategory]:
    """Returns the children of one category in their order."""

    def key(each: ManagedCategory) -> tuple[int, bytes, int]:
        name = name_in(each.names, language, default or language)
        return each.category.position, sort_key(name, language), each.category.id

    return sorted(siblings, key=key)


def in_tree_order(categories: Iterable[ManagedCategory], language: str) -> Iterator[ManagedCategory]:
    """Yields all categories, each followed by those below it."""
    children: dict[int, list[ManagedCategory]] = {}
    for each in categories:
        children.setdefault(each.category.parent_id, []).append(each)

    def below(parent_id: int) -> Iterator[ManagedCategory]:
        for each in sorted_siblings(children.get(parent_id, ()), language):
            yield each
            yield from below(each.category.id)

    return below(0)
