"""Listings and variants as the API shows them to staff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microshop.listings.managed_listing import CreatedListing
from microshop.listings.options import chosen_options
from microshop.money import to_decimal

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from collections.abc import Mapping
    from typing import Literal, TypedDict

    from microshop.cursors import Page
    from microshop.listings.managed_listing import FoundListing, ManagedListing
    from microshop.listings.options import Option, OptionValue
    from microshop.listings.variant import Variant
    from microshop.view_types import Currency, Id, Money, NextCursor, Timestamp, Url

    type ListingState = Literal["draft", "active", "archived"]
    """Only active listings are shown, and only their variants are on sale."""

    type VariantStateName = Literal["on_sale", "hidden", "archived", "released"]
    """`hidden` variants wait for their listing to be active; `released` ones are archived without SKU and options."""

    class ListingTextView(TypedDict):
        """The texts of a listing in one language."""

        name: str
        description: str

    class ManagedOptionValueView(TypedDict):
        """A value of an option, with its names by language."""

        code: str
        name: dict[str, str]

    class ManagedOptionView(TypedDict):
        """An option of a listing, with its names by language."""

        code: str
        name: dict[str, str]
        values: list[ManagedOptionValueView]

    class ManagedVariantView(TypedDict):
        """A variant as staff see it. `options` has the code of a value by the code of its option."""

        id: Id
        listing_id: Id
        state: VariantStateName
        sku: str
        name: str
        options: dict[str, str]
        image_urls: list[Url]
        price: Money
        currency: Currency
        stock: int
        low_stock_threshold: int
        version: int
        created_at: Timestamp
        updated_at: Timestamp

    class ManagedListingView(TypedDict):
        """A listing as staff see it. `slugs` has all that it has had, the current one first."""

        id: Id
        state: ListingState
        slugs: list[str]
        texts: dict[str, ListingTextView]
        category_ids: list[Id]
        brand: str | None
        options: list[ManagedOptionView]
        image_urls: list[Url]
        variants: list[ManagedVariantView]
        version: int
        created_at: Timestamp
        updated_at: Timestamp

    class FoundListingView(TypedDict):
        """A listing in a list of staff. The name is in the default language."""

        id: Id
        state: ListingState
        slug: str
        name: str
        brand: str | None
        in_stock: bool
        version: int
        created_at: Timestamp
        updated_at: Timestamp

    class ManagedListingPage(TypedDict):
        """A page of listings."""

        items: list[FoundListingView]
        next_cursor: NextCursor

    class ListingCreated(TypedDict):
        """The response to a request that created a listing. The variants are in the order of the request."""

        id: Id
        product_ids: list[Id]


def created_listing_view(created: CreatedListing) -> ListingCreated:
    """Returns the response to a request that created a listing; stored under its idempotency key."""
    return {"id": created.id, "product_ids": list(created.product_ids)}


def parse_created_listing(stored: Mapping[str, Any]) -> CreatedListing:
    """Returns the result from its stored response: the inverse of `created_listing_view`."""
    return CreatedListing(stored["id"], tuple(stored["product_ids"]))


def managed_listing_view(managed: ManagedListing) -> ManagedListingView:
    """Returns a listing as staff see it."""
    listing = managed.listing
    return {
        "id": listing.id,
        "state": listing.state.value,
        "slugs": list(managed.slugs),
        "texts": {
            language: {"name": text.name, "description": text.description} for language, text in listing.texts.items()
        },
        "category_ids": list(listing.category_ids),
        "brand": listing.brand,
        "options": [_option_view(option) for option in listing.options],
        "image_urls": list(listing.image_urls),
        "variants": [managed_variant_view(variant) for variant in managed.variants],
        "version": listing.version,
        "created_at": listing.created_at.isoformat(),
        "updated_at": listing.updated_at.isoformat(),
    }


def listing_etag(managed: ManagedListing) -> str:
    """Returns the ETag of a listing, for If-Match: its version."""
    return f'"{managed.listing.version}"'


def managed_variant_view(variant: Variant) -> ManagedVariantView:
    """Returns a variant as staff see it."""
    return {
        "id": variant.id,
        "listing_id": variant.listing_id,
        "state": variant.state.value,
        "sku": variant.sku,
        "name": variant.name,
        "options": chosen_options(variant.options_key),
        "image_urls": list(variant.image_urls),
        "price": to_decimal(variant.price_minor, variant.currency),
        "currency": variant.currency,
        "stock": variant.stock,
        "low_stock_threshold": variant.low_stock_threshold,
        "version": variant.version,
        "created_at": variant.created_at.isoformat(),
        "updated_at": variant.updated_at.isoformat(),
    }


def variant_etag(variant: Variant) -> str:
    """Returns the ETag of a variant, for If-Match: its version."""
    return f'"{variant.version}"'


def managed_listing_page(page: Page[FoundListing]) -> ManagedListingPage:
    """Returns a page of listings."""
    return {"items": [_listed_view(listing) for listing in page.items], "next_cursor": page.next_cursor}


def _listed_view(listing: FoundListing) -> FoundListingView:
    return {
        "id": listing.id,
        "state": listing.state.value,
        "slug": listing.slug,
        "name": listing.name,
        "brand": listing.brand,
        "in_stock": listing.in_stock,
        "version": listing.version,
        "created_at": listing.created_at.isoformat(),
        "updated_at": listing.updated_at.isoformat(),
    }


def _option_view(option: Option) -> ManagedOptionView:
    return {"code": option.code, "name": dict(option.name), "values": [_value_view(value) for value in option.values]}


def _value_view(value: OptionValue) -> ManagedOptionValueView:
    return {"code": value.code, "name": dict(value.name)}
