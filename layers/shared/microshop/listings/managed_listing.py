"""Listings as staff see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from microshop.listings.listing import Listing, ListingDetails, State
    from microshop.listings.variant import NewVariant, Variant


class ManagedListing(Value):
    """A listing with all slugs that it has had, the current one first, and all variants, also archived ones."""

    listing: Listing
    slugs: Sequence[str]
    variants: Sequence[Variant]


class NewListing(Value):
    """A listing that is to be created, with its variants."""

    details: ListingDetails
    state: State
    variants: Sequence[NewVariant]


class CreatedListing(Value):
    """A new listing, and the ids of its variants in the order of the request."""

    id: int
    product_ids: tuple[int, ...]


class FoundListing(Value):
    """A listing in a list of staff. The name is in the default language."""

    id: int
    state: State
    slug: str
    name: str
    brand: str | None
    in_stock: bool
    version: int
    created_at: datetime
    updated_at: datetime


class ListingSearch(Value):
    """What staff look for: an exact SKU or the beginning of a name, or listings in a state. None does not filter."""

    text: str | None = None
    state: State | None = None


class ListingPosition(Value):
    """The end of a page: the name of the last listing (empty if the list is sorted by age), and its id."""

    name: str
    id: int
