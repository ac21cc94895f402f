"""The query parameters that filter lists of listings and facets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.listings.filters import ListingFilter, parse_brand, parse_category, parse_option
from microshop.money import to_minor

if TYPE_CHECKING:
    from microshop.http.query import QueryParameters

_MAX_SEARCH_LENGTH = 100


def listing_filter(query: QueryParameters, currency: str) -> ListingFilter:
    """Returns the filters; invalid ones are refused by `query.finish`."""
    return ListingFilter(
        search=query.text("q", _MAX_SEARCH_LENGTH),
        category=query.parse("category", parse_category),
        brand_id=query.parse("brand", parse_brand),
        options=tuple(sorted(query.parse_each("option.", parse_option), key=lambda option: option.code)),
        min_price_minor=query.parse("min_price", lambda text: to_minor(text, currency)),
        max_price_minor=query.parse("max_price", lambda text: to_minor(text, currency)),
        in_stock=query.flag("in_stock"),
    )
