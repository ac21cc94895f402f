"""Categories as customers see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.categories.category import ROOT
from microshop.categories.sorting import name_in, sorted_siblings
from microshop.cursors import Count
from microshop.values import Value

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TypedDict

    from microshop.categories.category import ManagedCategory
    from microshop.list_view import ListCount
    from microshop.view_types import Id, NotNegative

    class Breadcrumb(TypedDict):
        """A category in one language."""

        id: Id
        slug: str
        name: str

    class ShopCategory(Breadcrumb):
        """A category and the number of its listings on sale."""

        position: NotNegative
        """Siblings are sorted by position, and with the same position by name."""
        listings: ListCount
        """Listings on sale, with those of the categories below, counted up to 1000."""

    class CategoryNode(ShopCategory):
        """A category with the categories below it."""

        children: list[CategoryNode]

    class CategoryTree(TypedDict):
        """The category tree in one language."""

        items: list[CategoryNode]

    class CategoryPage(ShopCategory):
        """A category with those around it."""

        breadcrumbs: list[Breadcrumb]
        """The categories above, from the top."""
        children: list[ShopCategory]


class Languages(Value):
    """The language of a response, and the default language, which has the texts that are missing in it."""

    language: str
    default: str


class CategoryViews:
    """Renders categories in one language."""

    def __init__(self, languages: Languages, counts: Mapping[int, Count]) -> None:
        self._languages = languages
        self._counts = counts

    def tree(self, categories: Iterable[ManagedCategory]) -> CategoryTree:
        """Returns the whole tree."""
        children: dict[int, list[ManagedCategory]] = {}
        for each in categories:
            children.setdefault(each.category.parent_id, []).append(each)

        def below(parent_id: int) -> list[CategoryNode]:
            return [
                {**self._category(each), "children": below(each.category.id)}
                for each in self._sorted(children.get(parent_id, ()))
            ]

        return {"items": below(ROOT)}

    def page(
        self,
        category: ManagedCategory,
        ancestors: Sequence[ManagedCategory],
        children: Iterable[ManagedCategory],
    ) -> CategoryPage:
        """Returns a category with those above and directly below it."""
        return {
            **self._category(category),
            "breadcrumbs": [self._link(each) for each in ancestors],
            "children": [self._category(each) for each in self._sorted(children)],
        }

    def _sorted(self, siblings: Iterable[ManagedCategory]) -> list[ManagedCategory]:
        return sorted_siblings(siblings, self._languages.language, self._languages.default)

    def _link(self, managed: ManagedCategory) -> Breadcrumb:
        name = name_in(managed.names, self._languages.language, self._languages.default)
        return {"id": managed.category.id, "slug": managed.category.slug, "name": name}

    def _category(self, managed: ManagedCategory) -> ShopCategory:
        value, exact = self._counts.get(managed.category.id, Count(0, exact=True))
        listings: ListCount = {"value": value, "exact": exact}
        return {**self._link(managed), "position": managed.category.position, "listings": listings}
