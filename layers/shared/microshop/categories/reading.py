"""Use cases that read the category tree."""

from __future__ import annotations

import hashlib
import json
from copy import replace
from typing import TYPE_CHECKING, Protocol

from microshop.categories.view import CategoryViews, Languages
from microshop.products.product import RenderedResponse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from microshop.categories.category import Category, ManagedCategory
    from microshop.cursors import Count


class Tree(Protocol):
    """Reads the category tree (queries.py); unit tests have a fake."""

    def all(self) -> list[ManagedCategory]: ...
    def find(self, id_or_slug: str) -> ManagedCategory | None: ...
    def ancestors(self, category: Category) -> list[ManagedCategory]: ...
    def children(self, parent_id: int) -> list[ManagedCategory]: ...
    def listings(self, categories: Iterable[ManagedCategory]) -> Mapping[int, Count]: ...
    def on_sale(self, categories: Iterable[ManagedCategory], language: str) -> Mapping[int, Count]: ...


def list_categories(tree: Tree) -> list[ManagedCategory]:
    """Returns all categories with the numbers of their listings, for staff, in no order."""
    categories = tree.all()
    counts = tree.listings(categories)
    return [replace(each, listings=counts[each.category.id]) for each in categories]


def render_tree(languages: Sequence[str], language: str, tree: Tree) -> RenderedResponse:
    """Returns the response with the whole tree in `language`; the first of `languages` is the default."""
    categories = tree.all()
    views = CategoryViews(Languages(language, languages[0]), tree.on_sale(categories, language))
    return _rendered(views.tree(categories))


def render_category(id_or_slug: str, languages: Sequence[str], language: str, tree: Tree) -> RenderedResponse | None:
    """Returns the response about a category in `language`, or None if there is no such category."""
    found = tree.find(id_or_slug)
    if found is None:
        return None
    ancestors, children = tree.ancestors(found.category), tree.children(found.category.id)
    views = CategoryViews(Languages(language, languages[0]), tree.on_sale([found, *children], language))
    return _rendered(views.page(found, ancestors, children))


def _rendered(view: Mapping[str, object]) -> RenderedResponse:
    body = json.dumps(view, ensure_ascii=False, separators=(",", ":"))
    return RenderedResponse(f'"{hashlib.blake2b(body.encode(), digest_size=8).hexdigest()}"', body)
