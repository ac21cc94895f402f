"""Keeps listings up to date with products that orders, or the previous release, have changed."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING

from microshop.collation import name_key
from microshop.listings.adopting import adopted_listing_of, category_named
from microshop.listings.indexing import index_listing
from microshop.listings.listing import ListingText
from microshop.listings.refreshing import refresh_listing
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from collections.abc import Collection

    from microshop.listings.listing import Listing
    from microshop.listings.unit_of_work import ListingsUnitOfWork
    from microshop.products.product import Product


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

    Returns the id of the listing, or None if there is no such product.
    """
    listing_id = adopted_listing_of(product_id, uow)
    if listing_id is None:
        return None
    with uow:
        listing = uow.listings.lock(listing_id)
        managed = uow.products.lock(product_id)
        if listing is not None and managed is not None and not listing.options:
            _copy_details(managed.product, listing, uow)
        index_listing(listing_id, uow)
        uow.commit()
    return listing_id


def _copy_details(product: Product, listing: Listing, uow: ListingsUnitOfWork) -> None:
    default = uow.languages[0]
    text = ListingText(product.name, product.description)
    category_ids = _categories_of(product, listing, uow)
    before = (listing.texts[default], listing.image_urls, listing.category_ids)
    if (text, product.image_urls, category_ids) == before:
        return
    texts = {**listing.texts, default: text}
    changed = replace(listing.details, texts=texts, category_ids=category_ids, image_urls=product.image_urls, slug=None)
    uow.listings.update(listing.id, listing.version, changed, default)


def _categories_of(product: Product, listing: Listing, uow: ListingsUnitOfWork) -> tuple[int, ...]:
    """Returns the categories of a listing, the first of which is the one that its product names."""
    main = listing.category_ids[:1]
    if main:
        # Until a renamed category is refreshed, its products have the former name.
        if uow.refreshes.is_waiting(main[0]):
            return listing.category_ids
        name = uow.categories.names(main)[main[0]][uow.languages[0]]
        if name_key(name) == name_key(product.category):
            return listing.category_ids
    found, name = category_named(product.category, uow)
    uow.refreshes.set_category(listing.id, name)
    return (*found, *(category_id for category_id in listing.category_ids[1:] if category_id not in found))
