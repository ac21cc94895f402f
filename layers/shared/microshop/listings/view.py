"""Listings as the API shows them to customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.languages import in_language
from microshop.money import to_decimal

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from typing import Annotated, TypedDict

    from microshop.list_view import ListCount
    from microshop.listings.locale import Locale
    from microshop.listings.option_codes import CODE_PATTERN, MAX_CODE_LENGTH
    from microshop.listings.reading import ListedPage
    from microshop.listings.shown_listing import (
        CategoryLink,
        ListedListing,
        NamedBrand,
        ShownListing,
        ShownVariant,
        StoredOption,
    )
    from microshop.products.view import Summary
    from microshop.view_types import Currency, Id, Money, NextCursor, NotNegative, Positive, Timestamp, Url

    type Slug = Annotated[str, {"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 100}]
    """The readable part of a URL, such as `linen-shirt`."""

    type Code = Annotated[str, {"pattern": CODE_PATTERN, "maxLength": MAX_CODE_LENGTH}]
    """The code of an option such as `color`, or of one of its values."""

    class BrandView(TypedDict):
        """A brand."""

        id: Id
        name: str

    class CategoryLinkView(TypedDict):
        """A category that a page links to."""

        id: Id
        slug: Slug
        name: str

    class ListedListingView(TypedDict):
        """A listing in a list. Its prices are the lowest and the highest of the variants on sale."""

        id: Id
        slug: Slug
        name: str
        summary: Summary
        brand: BrandView | None
        image_urls: list[Url]
        min_price: Money
        max_price: Money
        currency: Currency
        in_stock: bool
        variants: Positive
        options: list[Code]

    class CorrectionView(TypedDict):
        """A word of a search that no listing has, and the words that were searched instead."""

        word: str
        searched: list[str]

    class ListingPage(TypedDict):
        """A page of listings. It may have fewer items than requested, or none, and still a next cursor."""

        items: list[ListedListingView]
        next_cursor: NextCursor
        count: ListCount | None
        corrections: list[CorrectionView]

    class OptionValueView(TypedDict):
        """A value of an option."""

        code: Code
        name: str

    class OptionView(TypedDict):
        """An option, with its values in the order in which a page shows them."""

        code: Code
        name: str
        values: list[OptionValueView]

    class VariantView(TypedDict):
        """A variant on sale. Its id is that of the product that customers order."""

        id: Id
        sku: str
        options: dict[str, str]
        price: Money
        stock: NotNegative
        image_urls: list[Url]

    class ListingView(TypedDict):
        """A listing with its variants on sale. `language` is that of its name and description.

        Names of options and categories are in the requested language as far as they exist in it.
        """

        id: Id
        slug: Slug
        language: str
        name: str
        description: str
        brand: BrandView | None
        image_urls: list[Url]
        breadcrumbs: list[CategoryLinkView]
        categories: list[CategoryLinkView]
        options: list[OptionView]
        variants: list[VariantView]
        min_price: Money
        max_price: Money
        currency: Currency
        in_stock: bool
        version: int
        created_at: Timestamp
        updated_at: Timestamp


def listing_page(listed: ListedPage, currency: str) -> ListingPage:
    """Returns a page of listings."""
    page = listed.page
    return {
        "items": [_listed(listing, currency) for listing in page.items],
        "next_cursor": page.next_cursor,
        "count": {"value": page.total.value, "exact": page.total.exact} if page.total else None,
        "corrections": [{"word": word, "searched": list(words)} for word, words in listed.corrections.items()],
    }


def listing_view(listing: ShownListing, locale: Locale) -> ListingView:
    """Returns a listing that has at least one variant on sale."""
    currency, prices = locale.currency, [variant.price_minor for variant in listing.variants]
    return {
        "id": listing.id,
        "slug": listing.slug,
        "language": listing.language,
        "name": listing.name,
        "description": listing.description,
        "brand": _brand(listing.brand),
        "image_urls": list(listing.image_urls),
        "breadcrumbs": [_category(category) for category in listing.breadcrumbs],
        "categories": [_category(category) for category in listing.categories],
        "options": [_option(option, locale.language, locale.default_language) for option in listing.options],
        "variants": [_variant(variant, currency) for variant in listing.sorted_variants()],
        "min_price": to_decimal(min(prices), currency),
        "max_price": to_decimal(max(prices), currency),
        "currency": currency,
        "in_stock": any(variant.stock for variant in listing.variants),
        "version": listing.version,
        "created_at": listing.created_at.isoformat(),
        "updated_at": listing.updated_at.isoformat(),
    }


def _listed(listing: ListedListing, currency: str) -> ListedListingView:
    return {
        "id": listing.id,
        "slug": listing.slug,
        "name": listing.name,
        "summary": listing.summary,
        "brand": _brand(listing.brand),
        "image_urls": list(listing.image_urls),
        "min_price": to_decimal(listing.min_price_minor, currency),
        "max_price": to_decimal(listing.max_price_minor, currency),
        "currency": currency,
        "in_stock": listing.in_stock,
        "variants": listing.variants,
        "options": list(listing.option_codes),
    }


def _brand(brand: NamedBrand | None) -> BrandView | None:
    return {"id": brand.id, "name": brand.name} if brand else None


def _category(category: CategoryLink) -> CategoryLinkView:
    return {"id": category.id, "slug": category.slug, "name": category.name}


def _option(option: StoredOption, language: str, default_language: str) -> OptionView:
    return {
        "code": option["code"],
        "name": in_language(option["name"], language, default_language),
        "values": [
            {"code": value["code"], "name": in_language(value["name"], language, default_language)}
            for value in option["values"]
        ],
    }


def _variant(variant: ShownVariant, currency: str) -> VariantView:
    return {
        "id": variant.id,
        "sku": variant.sku,
        "options": dict(variant.options),
        "price": to_decimal(variant.price_minor, currency),
        "stock": variant.stock,
        "image_urls": list(variant.image_urls),
    }
