"""Renders the page of one listing for the cache."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Protocol

from microshop.listings.listing_head import ListingHead
from microshop.listings.view import listing_view
from microshop.products.product import RenderedResponse

if TYPE_CHECKING:
    from microshop.listings.locale import Locale
    from microshop.listings.shown_listing import ShownListing


class Listings(Protocol):
    """Reads listings that are shown."""

    def shown(self, listing_id: int) -> ShownListing | None: ...
    def id_of_slug(self, slug: str) -> int | None: ...


def render_listing(listing_id: int, locale: Locale, listings: Listings) -> RenderedResponse | None:
    """Returns the head of the page (ListingHead) and its body in JSON, or None if there is no such listing."""
    listing = listings.shown(listing_id)
    if listing is None:
        return None
    view = listing_view(listing, locale)
    body = json.dumps(view, ensure_ascii=False, separators=(",", ":"))
    # The version, for If-Match, and a digest of the body, because stock changes keep the version.
    etag = f'"{listing.version}-{hashlib.blake2b(body.encode(), digest_size=8).hexdigest()}"'
    return RenderedResponse(ListingHead(etag, listing.language, listing.slug).text(), body)


def render_id(slug: str, listings: Listings) -> RenderedResponse | None:
    """Returns the id of the listing that has or had a slug, or None if none did."""
    listing_id = listings.id_of_slug(slug)
    return None if listing_id is None else RenderedResponse("", str(listing_id))
