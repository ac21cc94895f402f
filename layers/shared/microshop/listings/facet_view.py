"""Facets as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.languages import in_language
from microshop.listings.facets import merged_order, most_frequent
from microshop.money import to_decimal

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from collections.abc import Mapping, Sequence
    from typing import TypedDict

    from microshop.listings.facets import Facets, PriceBand
    from microshop.listings.filters import ListingFilter
    from microshop.listings.locale import Locale
    from microshop.listings.shown_listing import CategoryLink, NamedBrand, StoredOption
    from microshop.listings.view import Code, Slug
    from microshop.view_types import Currency, Id, Money, NotNegative

    class OptionValueFacet(TypedDict):
        """A value of an option, and the number of listings that have a variant with it."""

        code: Code
        name: str
        listings: NotNegative

    class OptionFacet(TypedDict):
        """An option with its values."""

        code: Code
        name: str
        values: list[OptionValueFacet]

    class BrandFacet(TypedDict):
        """A brand and the number of its listings."""

        id: Id
        name: str
        listings: NotNegative

    class PriceBandFacet(TypedDict):
        """A range of prices, with inclusive limits, and the number of listings that have a variant in it."""

        min_price: Money | None
        max_price: Money | None
        listings: NotNegative

    class StockFacet(TypedDict):
        """Whether a variant is in stock, and the number of listings that have such a variant."""

        value: bool
        listings: NotNegative

    class CategoryFacet(TypedDict):
        """A category directly below that of the list, and the number of listings in it and below it."""

        id: Id
        slug: Slug
        name: str
        listings: NotNegative

    class FacetsView(TypedDict):
        """The facets of a list. If they are not `exact`, only the first 1,000 listings of the list were counted."""

        listings: NotNegative
        exact: bool
        options: list[OptionFacet]
        brands: list[BrandFacet]
        currency: Currency
        price_bands: list[PriceBandFacet]
        in_stock: list[StockFacet]
        categories: list[CategoryFacet]


def facets_view(
    facets: Facets,
    *,
    exact: bool,
    options: Sequence[OptionFacet],
    brands: Sequence[NamedBrand],
    categories: Sequence[tuple[CategoryLink, frozenset[int]]],
    currency: str,
) -> FacetsView:
    """Returns facets with their names."""
    return {
        "listings": len(facets.matching),
        "exact": exact,
        "options": list(options),
        "brands": [
            {"id": brand.id, "name": brand.name, "listings": len(facets.brands.get(brand.id, ()))} for brand in brands
        ],
        "currency": currency,
        "price_bands": [_price_band(band, len(ids), currency) for band, ids in facets.price_bands],
        "in_stock": [
            {"value": value, "listings": len(facets.in_stock[value])}
            for value in (True, False)
            if value in facets.in_stock
        ],
        "categories": [
            {"id": category.id, "slug": category.slug, "name": category.name, "listings": len(ids)}
            for category, ids in categories
        ],
    }


def option_facets(
    facets: Facets, criteria: ListingFilter, stored: Sequence[StoredOption], locale: Locale
) -> list[OptionFacet]:
    """Returns the options, those of most listings first, with values in the order in which pages of listings show them.

    Listings may name an option differently. `stored` has the options of some of them; the last one decides.
    """
    chosen = {option.code: option.values for option in criteria.options}
    names = {option["code"]: option["name"] for option in stored}
    value_names = {(option["code"], value["code"]): value["name"] for option in stored for value in option["values"]}

    def facet(code: str, values: Mapping[str, frozenset[int]]) -> OptionFacet:
        shown = most_frequent(values, chosen.get(code, ()))
        order = merged_order([value["code"] for value in each["values"]] for each in stored if each["code"] == code)
        return {
            "code": code,
            "name": in_language(names[code], locale.language, locale.default_language),
            "values": [
                {
                    "code": value,
                    "name": in_language(value_names[code, value], locale.language, locale.default_language),
                    "listings": len(shown[value]),
                }
                for value in order
                if value in shown
            ],
        }

    by_listings = sorted(
        facets.options, key=lambda code: (-len(frozenset().union(*facets.options[code].values())), code)
    )
    return [facet(code, facets.options[code]) for code in by_listings if code in names]


def _price_band(band: PriceBand, listings: int, currency: str) -> PriceBandFacet:
    return {
        "min_price": None if band.low is None else to_decimal(band.low, currency),
        "max_price": None if band.high is None else to_decimal(band.high, currency),
        "listings": listings,
    }
