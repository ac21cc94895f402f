"""Indexes listings again after a category was moved or renamed, or the rules or languages of the index changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from microshop.listings.indexing import index_listing, index_version
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.listings.unit_of_work import ListingsUnitOfWork


def refresh_outdated(limit: int, uow: ListingsUnitOfWork) -> int:
    """Index at most `limit` listings that were indexed by other rules or for other languages. Returns their number."""
    listing_ids = uow.refreshes.outdated(index_version(uow.languages), limit)
    for listing_id in listing_ids:
        refresh_listing(listing_id, uow)
    return len(listing_ids)


class Refreshed(NamedTuple):
    """Listings that were indexed again, and the products whose category has another name: their pages are outdated."""

    listing_ids: Sequence[int] = ()
    product_ids: Sequence[int] = ()


def refresh_category(limit: int, uow: ListingsUnitOfWork) -> Refreshed:
    """Index at most `limit` listings of a category that was moved or renamed, or that is below such a category.

    No listings may mean that a category was finished: call it until `uow.refreshes.category()` is None.
    """
    found = uow.refreshes.category()
    if found is None:
        return Refreshed()
    category_id, after = found
    listing_ids = uow.refreshes.of_category(category_id, after, limit)
    product_ids = [product_id for listing_id in listing_ids for product_id in refresh_listing(listing_id, uow)]
    uow.refreshes.continue_after(category_id, after, listing_ids[-1] if len(listing_ids) == limit else None)
    return Refreshed(listing_ids, product_ids)


@retry_on_conflict
def refresh_listing(listing_id: int, uow: ListingsUnitOfWork) -> Sequence[int]:
    """Index a listing. Returns the ids of its products if the name of their category has changed."""
    with uow:
        listing = uow.listings.lock(listing_id)
        if listing is None:
            return ()
        is_renamed = False
        if listing.category_ids:
            main = listing.category_ids[0]
            name = uow.categories.names([main])[main][uow.languages[0]]
            is_renamed = uow.refreshes.set_category(listing_id, name)
        index_listing(listing_id, uow)
        stale = [variant.id for variant in uow.variants.of_listing(listing_id)] if is_renamed else []
        uow.commit()
    return stale
