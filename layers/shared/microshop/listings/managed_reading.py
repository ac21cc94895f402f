"""Reads listings for staff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from microshop import cursors
from microshop.errors import NotFound
from microshop.limits import MAX_ID
from microshop.listings.managed_listing import ListingPosition
from microshop.text import is_storable

if TYPE_CHECKING:
    from microshop.listings.listing import State
    from microshop.listings.managed_listing import FoundListing, ListingSearch, ManagedListing


class ManagedListings(Protocol):
    """Finds listings in any state."""

    def listing(self, listing_id: int) -> ManagedListing | None: ...

    def newest(self, state: State | None, before_id: int, limit: int) -> list[FoundListing]: ...

    def with_sku(self, sku: str) -> list[FoundListing]: ...

    def named(self, text: str, after: ListingPosition | None, limit: int) -> list[FoundListing]: ...


def get_managed_listing(listing_id: int, listings: ManagedListings) -> ManagedListing:
    """Returns a listing in any state with all its variants.

    Raises:
        NotFound: there is no such listing.
    """
    found = listings.listing(listing_id)
    if found is None:
        raise NotFound("listing")
    return found


def list_managed_listings(
    search: ListingSearch, after: ListingPosition | None, limit: int, listings: ManagedListings
) -> cursors.Page[FoundListing]:
    """Returns one page of listings, the newest first, or those that a search finds, sorted by name.

    A text that is an SKU finds only the listing of this variant.
    """
    if search.text is None:
        found = listings.newest(search.state, MAX_ID if after is None else after.id, limit + 1)
        return cursors.page_of(found, limit, lambda last: cursors.encode(["", last.id], search))
    if after is None and (with_sku := listings.with_sku(search.text)):
        return cursors.Page(with_sku, None)
    found = listings.named(search.text, after, limit + 1)
    return cursors.page_of(found, limit, lambda last: cursors.encode([last.name, last.id], search))


def decode_cursor(cursor: str, search: ListingSearch) -> ListingPosition:
    """Returns the position after which the page begins.

    Raises:
        ValueError: the cursor belongs to another list.
    """
    match cursors.decode(cursor, search):
        case [str(name), last_id] if cursors.is_id(last_id) and is_storable(name):
            return ListingPosition(name, last_id)
    raise ValueError(cursors.INVALID_CURSOR)
