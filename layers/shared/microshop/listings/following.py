"""Keeps listings up to date with products that orders, or the previous release, have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.listings.adopting import adopted_listing_of
from microshop.listings.indexing import index_listing
from microshop.listings.listing import ListingText
from microshop.listings.refreshing import refresh_listing
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Collection

    from microshop.listings.unit_of_work import ListingsUnitOfWork


def follow_stock(product_ids: Collection[int], uow: ListingsUnitOfWork) -> list[int]:
    """Index the listings of these products that have sold out or are in stock again. Returns their ids."""
    if not product_ids:
        return []
    listing_ids = uow.refreshes.sold_out_or_back(product_ids, uow.currency)
    for listing_id in listing_ids:
        refresh_listing(listing_id, uow)
    return listing_ids


@retry_on_conflict
def follow_product(product_id: int, uow: ListingsUnitOfWork) -> int | None:
    """Update the listing of a product that the previous release has created, changed or archived. Idempotent.

    Returns the id of the listing, or None if there is no such product. A changed category is not followed: after a
    renaming, it would bring the former category back.
    """
    listing_id = adopted_listing_of(product_id, uow)
    if listing_id is None:
        return None
    with uow:
        listing = uow.listings.lock(listing_id)
        managed = uow.products.lock(product_id)
        if listing is not None and managed is not None and not listing.options:
            text = ListingText(managed.product.name, managed.product.description)
            uow.listings.set_text(listing_id, uow.languages[0], text)
        index_listing(listing_id, uow)
        uow.commit()
    return listing_id
