"""Gives products of the previous release, which have no listing, a listing with one variant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.categories.category import TooManyCategories
from microshop.listings.indexing import index_listing
from microshop.listings.listing import ListingDetails, ListingText, State
from microshop.transactions import retry_on_conflict

if TYPE_CHECKING:
    from microshop.listings.unit_of_work import ListingsUnitOfWork


def adopted_listing_of(product_id: int, uow: ListingsUnitOfWork) -> int | None:
    """Returns the id of a product's listing, which it gets now if it has none; None if there is no such product.

    Call it outside of a transaction. The listing of a product never changes.
    """
    return uow.variants.listing_of(product_id) or adopt_product(product_id, uow)


@retry_on_conflict
def adopt_product(product_id: int, uow: ListingsUnitOfWork) -> int | None:
    """Create a listing for a product without one. Returns the id of its listing, or None if there is no such product.

    The listing of an archived product is archived.
    """
    with uow:
        product = uow.variants.lock_unadopted(product_id)
        if product is None:
            return uow.variants.listing_of(product_id)
        default = uow.languages[0]
        category_ids, category = category_named(product.category, uow)
        details = ListingDetails(
            texts={default: ListingText(product.name, product.description)},
            category_ids=category_ids,
            image_urls=product.image_urls,
        )
        state = State.ARCHIVED if product.is_archived else State.ACTIVE
        listing_id = uow.listings.add(details, state, default)
        uow.variants.adopt(product_id, listing_id, category)
        index_listing(listing_id, uow)
        uow.commit()
    return listing_id


def category_named(name: str, uow: ListingsUnitOfWork) -> tuple[tuple[int, ...], str]:
    """Returns the id of the category that a product names, which is created if need be, and its stored name.

    If the tree is full, there is no id: the previous release may have more categories than fit into it.
    """
    try:
        category = uow.categories.named(name, uow.languages[0])
    except TooManyCategories:
        return (), name
    return (category.id,), category.name


def adopt_products(limit: int, uow: ListingsUnitOfWork) -> int:
    """Create listings for at most `limit` products without one. Returns their number."""
    product_ids = uow.variants.unadopted(limit)
    for product_id in product_ids:
        adopt_product(product_id, uow)
    return len(product_ids)
