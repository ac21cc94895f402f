"""Lists and bulk changes of variants as the API shows them to staff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microshop.listings.options import chosen_options
from microshop.listings.variant import ChangedVariant
from microshop.money import to_decimal

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from collections.abc import Mapping, Sequence
    from typing import TypedDict

    from microshop.cursors import Page
    from microshop.list_view import ListCount
    from microshop.listings.staff_view import VariantStateName
    from microshop.listings.variant_list import ListedVariant
    from microshop.view_types import Currency, Id, Money, NextCursor, Timestamp

    class ListedVariantView(TypedDict):
        """A variant in a list of staff. The name of its listing is in the default language."""

        id: Id
        listing_id: Id | None
        """Null for a minute or so after a deployment, for products that the previous release has created."""
        listing_name: str | None
        state: VariantStateName
        sku: str
        name: str
        options: dict[str, str]
        price: Money
        currency: Currency
        stock: int
        low_stock_threshold: int
        is_low: bool
        """Whether the variant is on sale and its stock below the threshold."""
        version: int
        updated_at: Timestamp

    class VariantPage(TypedDict):
        """A page of variants."""

        items: list[ListedVariantView]
        next_cursor: NextCursor
        count: ListCount | None

    class ChangedVariantView(TypedDict):
        """A variant that was changed, and its version now."""

        id: Id
        listing_id: Id
        version: int

    class ChangedVariants(TypedDict):
        """The response to changes of several variants, in the order of the request."""

        items: list[ChangedVariantView]


def changed_variants_view(changed: Sequence[ChangedVariant]) -> ChangedVariants:
    """Returns the response to changes of several variants; stored under its idempotency key."""
    return {"items": [{"id": each.id, "listing_id": each.listing_id, "version": each.version} for each in changed]}


def parse_changed_variants(stored: Mapping[str, Any]) -> list[ChangedVariant]:
    """Returns the results from their stored response: the inverse of `changed_variants_view`."""
    return [ChangedVariant(**item) for item in stored["items"]]


def variant_page(page: Page[ListedVariant]) -> VariantPage:
    """Returns a page of variants."""
    return {
        "items": [_listed_view(variant) for variant in page.items],
        "next_cursor": page.next_cursor,
        "count": {"value": page.total.value, "exact": page.total.exact} if page.total else None,
    }


def _listed_view(variant: ListedVariant) -> ListedVariantView:
    return {
        "id": variant.id,
        "listing_id": variant.listing_id,
        "listing_name": variant.listing_name,
        "state": variant.state.value,
        "sku": variant.sku,
        "name": variant.name,
        "options": chosen_options(variant.options_key),
        "price": to_decimal(variant.price_minor, variant.currency),
        "currency": variant.currency,
        "stock": variant.stock,
        "low_stock_threshold": variant.low_stock_threshold,
        "is_low": variant.is_low,
        "version": variant.version,
        "updated_at": variant.updated_at.isoformat(),
    }
