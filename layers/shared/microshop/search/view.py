"""Suggestions as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from typing import Annotated, TypedDict

    from microshop.search.suggesting import MAX_COMPLETIONS, MAX_LISTINGS, Suggestions
    from microshop.view_types import Id

    class SuggestedListingView(TypedDict):
        """A listing on sale that the search finds."""

        id: Id
        slug: str
        name: str

    class SuggestionList(TypedDict):
        """Suggestions for the beginning of a search."""

        completions: Annotated[list[str], {"maxItems": MAX_COMPLETIONS}]
        listings: Annotated[list[SuggestedListingView], {"maxItems": MAX_LISTINGS}]


def suggestion_list(suggestions: Suggestions) -> SuggestionList:
    """Returns suggestions."""
    return {
        "completions": list(suggestions.completions),
        "listings": [{"id": each.id, "slug": each.slug, "name": each.name} for each in suggestions.listings],
    }
