"""Writes the demo catalogue into an empty database, in one transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from microshop.categories.category import ROOT, Category, NewCategory
from microshop.categories.tree_repository import CategoryTreeRepository
from microshop.listings.indexing import index_listing
from microshop.listings.listing import ListingDetails, State
from microshop.listings.unit_of_work import ListingsUnitOfWork
from microshop.products.product import DEFAULT_LOW_STOCK_THRESHOLD, ProductDetails
from tools.demo.catalogue_files import CURRENCY, read_catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from microshop.platform.mysql import Database
    from tools.demo.catalogue_files import DemoCategory, DemoListing, DemoVariant

_FIRST = datetime(2026, 1, 5, 9, tzinfo=UTC)
_HOURS_BETWEEN = 26
# The repositories write the current time.
_DATE_PRODUCTS = """
UPDATE products
SET created_at = %(first)s + INTERVAL %(hours)s * (id - %(first_id)s) HOUR,
    updated_at = created_at
WHERE id >= %(first_id)s
"""
_DATE_LISTINGS = """
UPDATE listings
JOIN (SELECT listing_id, MIN(created_at) AS created_at FROM products GROUP BY listing_id) AS oldest
    ON oldest.listing_id = listings.id
SET listings.created_at = oldest.created_at,
    listings.updated_at = oldest.created_at
"""


class Loaded(NamedTuple):
    """How much was created."""

    listings: int
    products: int


def load_catalogue(database: Database, languages: Sequence[str]) -> Loaded:
    """Create the demo catalogue in a shop without products, with texts in these languages."""
    if database.row("SELECT id FROM products LIMIT 1"):
        return Loaded(0, 0)
    catalogue, default = read_catalogue(languages), languages[0]
    with ListingsUnitOfWork(database, languages, CURRENCY) as uow:
        categories = _add_categories(catalogue.categories, database)
        names = {each.slug: each.names[default] for each in catalogue.categories}
        listing_ids = [
            uow.listings.add(_details(listing, categories), listing.state, default) for listing in catalogue.listings
        ]
        product_ids = [
            _add_product(catalogue.listings[index], variant, listing_ids[index], names, uow)
            for index, variant in catalogue.products()
        ]
        for listing_id in listing_ids:
            index_listing(listing_id, uow)
        database.execute(_DATE_PRODUCTS, {"first": _FIRST, "hours": _HOURS_BETWEEN, "first_id": product_ids[0]})
        database.execute(_DATE_LISTINGS)
        uow.commit()
    return Loaded(len(listing_ids), len(product_ids))


def _add_categories(categories: Sequence[DemoCategory], database: Database) -> dict[str, int]:
    """Returns the ids by slug."""
    tree, added = CategoryTreeRepository(database), dict[str | None, Category | None]({None: None})
    tree.lock()
    for category in categories:
        parent = added[category.parent]
        category_id = tree.add(NewCategory(parent, category.position, category.slug, category.names))
        path = f"{parent.path if parent else '/'}{category_id}/"
        added[category.slug] = Category(
            id=category_id,
            parent_id=parent.id if parent else ROOT,
            path=path,
            position=category.position,
            slug=category.slug,
            version=1,
            created_at=_FIRST,
            updated_at=_FIRST,
        )
    return {str(slug): category.id for slug, category in added.items() if category}


def _details(listing: DemoListing, categories: Mapping[str, int]) -> ListingDetails:
    return ListingDetails(
        texts=listing.texts,
        category_ids=tuple(categories[slug] for slug in listing.categories),
        brand=listing.brand,
        options=listing.options,
    )


def _add_product(
    listing: DemoListing, variant: DemoVariant, listing_id: int, names: Mapping[str, str], uow: ListingsUnitOfWork
) -> int:
    default = uow.languages[0]
    details = ProductDetails(
        sku=variant.sku,
        name=listing.name_of(variant, default),
        description=listing.texts[default].description,
        category=names[listing.categories[0]],
        image_urls=(),  # an invented URL would appear as a broken image
        price_minor=variant.price_minor,
        currency=CURRENCY,
        low_stock_threshold=DEFAULT_LOW_STOCK_THRESHOLD,
    )
    is_hidden = listing.state != State.ACTIVE
    product_id = uow.products.add(
        details, variant.stock, listing_id=listing_id, options_key=variant.options_key, is_hidden=is_hidden
    )
    uow.stock.record_opening_stock(product_id, None, variant.stock)
    return product_id
