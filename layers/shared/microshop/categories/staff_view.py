"""Categories as the back office shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microshop.categories.category import AddedCategory
from microshop.categories.sorting import in_tree_order

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from collections.abc import Mapping, Sequence
    from typing import TypedDict

    from microshop.categories.category import ManagedCategory
    from microshop.list_view import ListCount
    from microshop.view_types import Id, NotNegative, Positive, Timestamp

    class CategoryText(TypedDict):
        """The texts of a category in one language."""

        name: str

    class StaffCategory(TypedDict):
        """A category with its texts in all languages."""

        id: Id
        parent_id: Id | None
        """The category above, null at the top."""
        level: Positive
        """1 at the top."""
        position: NotNegative
        """Siblings are sorted by position, and with the same position by name."""
        slug: str
        texts: dict[str, CategoryText]
        version: Positive
        created_at: Timestamp
        updated_at: Timestamp

    class CountedCategory(StaffCategory):
        """A category and the number of its listings."""

        listings: ListCount
        """Listings in any state, without those of the categories below, counted up to 1000."""

    class StaffCategoryList(TypedDict):
        """All categories: each is followed by those below it."""

        items: list[CountedCategory]

    class CategoryAdded(TypedDict):
        """The response to a request that added a category."""

        id: Id
        slug: str
        version: Positive


def staff_category_view(managed: ManagedCategory) -> StaffCategory:
    """Returns a category."""
    category = managed.category
    return {
        "id": category.id,
        "parent_id": category.parent_id or None,
        "level": category.level,
        "position": category.position,
        "slug": category.slug,
        "texts": {language: {"name": name} for language, name in managed.names.items()},
        "version": category.version,
        "created_at": category.created_at.isoformat(),
        "updated_at": category.updated_at.isoformat(),
    }


def staff_category_list(categories: Sequence[ManagedCategory], language: str) -> StaffCategoryList:
    """Returns the whole tree, siblings with equal positions sorted by their names in `language`."""
    return {"items": [_counted_category_view(each) for each in in_tree_order(categories, language)]}


def _counted_category_view(managed: ManagedCategory) -> CountedCategory:
    value, exact = managed.listings or (0, True)
    return {**staff_category_view(managed), "listings": {"value": value, "exact": exact}}


def category_etag(managed: ManagedCategory) -> str:
    """Returns the category's ETag: its version."""
    return f'"{managed.category.version}"'


def added_category_view(added: AddedCategory) -> CategoryAdded:
    """Returns the response to a request that added a category. It is stored under the request's idempotency key."""
    return {"id": added.id, "slug": added.slug, "version": added.version}


def parse_added_category(stored: Mapping[str, Any]) -> AddedCategory:
    """Returns the result of adding a category from its stored response: the inverse of `added_category_view`."""
    return AddedCategory(**stored)
