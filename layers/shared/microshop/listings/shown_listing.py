"""Listings as customers see them: in a list, and as a page of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import TypedDict

    class StoredValue(TypedDict):
        """A value of an option, as in `listings.options`."""

        code: str
        name: dict[str, str]

    class StoredOption(TypedDict):
        """An option with its values in the order in which a page shows them, as in `listings.options`."""

        code: str
        name: dict[str, str]
        values: list[StoredValue]


class NamedBrand(NamedTuple):
    """A brand."""

    id: int
    name: str


class CategoryLink(NamedTuple):
    """A category with its name in the language of the page."""

    id: int
    slug: str
    name: str


class ListedListing(Value):
    """A listing in a list. Prices are in minor units; `variants` counts those on sale."""

    id: int
    slug: str
    name: str
    summary: str
    brand: NamedBrand | None
    image_urls: tuple[str, ...]
    option_codes: tuple[str, ...]
    min_price_minor: int
    max_price_minor: int
    in_stock: bool
    variants: int


class ShownVariant(Value):
    """A variant on sale, with its price in minor units and its units on hand."""

    id: int
    sku: str
    options: Mapping[str, str]
    price_minor: int
    stock: int
    image_urls: tuple[str, ...]


class ShownListing(Value):
    """A page of the catalogue: an active listing with the variants on sale, in the language of its texts.

    `breadcrumbs` are the main category and the categories above it, from the root.
    """

    id: int
    slug: str
    language: str
    name: str
    description: str
    brand: NamedBrand | None
    image_urls: tuple[str, ...]
    breadcrumbs: Sequence[CategoryLink]
    categories: Sequence[CategoryLink]
    options: Sequence[StoredOption]
    variants: Sequence[ShownVariant]
    version: int
    created_at: datetime
    updated_at: datetime

    def sorted_variants(self) -> list[ShownVariant]:
        """Returns the variants in the order of the options and their values."""
        places = {
            (option["code"], value["code"]): place
            for option in self.options
            for place, value in enumerate(option["values"])
        }
        codes = [option["code"] for option in self.options]

        def place(variant: ShownVariant) -> tuple[list[int], int]:
            return [places.get((code, variant.options.get(code, "")), len(places)) for code in codes], variant.id

        return sorted(self.variants, key=place)
