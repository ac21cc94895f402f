"""The transaction in which the catalogue changes: listings, their variants, and what is derived of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.categories.repository import CategoryRepository
from microshop.idempotency.repository import ResultRepository
from microshop.languages import parse_languages
from microshop.listings.price_repository import PriceRepository
from microshop.listings.refresh_repository import RefreshRepository
from microshop.listings.repository import ListingRepository
from microshop.listings.shelf_repository import ShelfRepository
from microshop.listings.staff_queries import StaffQueries
from microshop.listings.staff_view import created_listing_view, parse_created_listing
from microshop.listings.variant_repository import VariantRepository
from microshop.listings.variant_view import changed_variants_view, parse_changed_variants
from microshop.platform import settings
from microshop.platform.mysql import database as connection
from microshop.products.unit_of_work import ProductsUnitOfWork
from microshop.search.index_repository import SearchIndexRepository

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microshop.platform.mysql import Database


class ListingsUnitOfWork(ProductsUnitOfWork):
    """A transaction over products and listings. `languages` are those of the catalogue, the default first.

    Locks are taken in this order: the listing, its products, then brands, categories and derived data.
    """

    def __init__(self, database: Database, languages: Sequence[str], currency: str) -> None:
        super().__init__(database)
        self.languages = languages
        self.currency = currency
        self.listings = ListingRepository(database)
        self.variants = VariantRepository(database)
        self.categories = CategoryRepository(database)
        self.refreshes = RefreshRepository(database)
        self.prices = PriceRepository(database)
        self.shelves = ShelfRepository(database)
        self.search = SearchIndexRepository(database)
        self.staff = StaffQueries(database, languages[0])
        self.changed_variant_results = ResultRepository(database, changed_variants_view, parse_changed_variants)
        self.listing_results = ResultRepository(database, created_listing_view, parse_created_listing)


def listings_unit_of_work() -> ListingsUnitOfWork:
    """Returns a unit of work for the shop's languages and currency, which the environment names."""
    return ListingsUnitOfWork(connection(), parse_languages(settings.text("LANGUAGES")), settings.text("CURRENCY"))
