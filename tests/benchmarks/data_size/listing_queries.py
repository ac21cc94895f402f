"""Queries of lists, facets and pages of listings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.limits import MAX_ID
from microshop.listings.facet_queries import FacetQueries
from microshop.listings.filters import ListingFilter, OptionFilter
from microshop.listings.list_queries import ListQueries
from microshop.listings.listing_queries import ListingQueries, ListingsOfProducts
from microshop.listings.locale import Locale
from microshop.listings.match_queries import MatchQueries
from microshop.listings.paging import SORTS, Position
from microshop.listings.repository import ListingRepository
from microshop.listings.staff_queries import StaffQueries
from microshop.listings.variant_list import Sale, VariantFilter
from microshop.listings.variant_queries import VariantQueries
from tests.benchmarks.data_size.query import PAGE, Query

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.data_size.shops import Shop

_LOCALE = Locale("en", "en", "USD")
_RED = ListingFilter(options=(OptionFilter("color", ("red",)),), in_stock=True)
_AFTER: dict[str, int | str] = {"price": 5000, "-price": 5000, "name": b"rustic oak table 4".hex()}


def _facets(shop: Shop) -> FacetQueries:
    return FacetQueries(shop.database, _LOCALE)


def _lists(shop: Shop) -> ListQueries:
    return ListQueries(shop.database, _LOCALE)


def _page_of_ids(shop: Shop) -> list[int]:
    return [position.id for position in _lists(shop).entries("all", "newest", None, PAGE)]


def _entries(sort: str, *, is_late: bool) -> Query:
    def run(shop: Shop) -> object:
        after = Position(_AFTER.get(sort), shop.samples.late_product_id) if is_late else None
        return _lists(shop).entries("all", sort, after, PAGE)

    return Query("listings", f"list, {sort}{', at 80 %' if is_late else ''}", "ListQueries.entries", run)


def _of_a_page(name: str, method: str, run: Callable[[Shop, list[int]], object]) -> Query:
    return Query("listings", name, method, lambda shop: run(shop, _page_of_ids(shop)))


def _staff(shop: Shop) -> StaffQueries:
    return StaffQueries(shop.database, "en")


def _managed(shop: Shop) -> object:
    listing = ListingRepository(shop.database).read(1)
    return listing and _staff(shop).managed(listing)


def _variants(name: str, criteria: VariantFilter) -> Query:
    return Query(
        "listings",
        f"variants {name}, for staff",
        "VariantQueries.page",
        lambda shop: VariantQueries(shop.database, "en").page(criteria, None, PAGE),
    )


LISTING_QUERIES = (
    Query("listings", "a listing, for staff", "StaffQueries.listing", lambda shop: _staff(shop).listing(1)),
    Query("listings", "a listing and its variants, for staff", "StaffQueries.managed", _managed),
    Query("listings", "list, for staff", "StaffQueries.newest", lambda shop: _staff(shop).newest(None, MAX_ID, PAGE)),
    Query("listings", "a SKU, for staff", "StaffQueries.with_sku", lambda shop: _staff(shop).with_sku("DATA-00000001")),
    Query(
        "listings",
        "beginning of a name, for staff",
        "StaffQueries.named",
        lambda shop: _staff(shop).named("Rustic", None, PAGE),
    ),
    _variants("with low stock", VariantFilter(is_low=True)),
    _variants("on sale", VariantFilter(sale=Sale.ON_SALE)),
    _variants("of a listing", VariantFilter(listing_id=1)),
    Query(
        "listings",
        "count of low stock",
        "VariantQueries.count",
        lambda shop: VariantQueries(shop.database, "en").count(VariantFilter(is_low=True)),
    ),
    *(_entries(sort, is_late=is_late) for sort in SORTS for is_late in (False, True)),
    Query(
        "listings", "a slug of a category", "ListQueries.category_id", lambda shop: _lists(shop).category_id("kitchen")
    ),
    _of_a_page("places of a page", "ListQueries.among", lambda shop, ids: _lists(shop).among("all", "name", ids)),
    _of_a_page("filter of options", "ListQueries.matching", lambda shop, ids: list(_lists(shop).matching(ids, _RED))),
    _of_a_page("a page", "ListQueries.listed", lambda shop, ids: list(_lists(shop).listed(ids))),
    _of_a_page(
        "variants of a page",
        "FacetQueries.variants",
        lambda shop, ids: _facets(shop).variants(ids),
    ),
    _of_a_page("options of a page", "FacetQueries.options", lambda shop, ids: _facets(shop).options(ids)),
    Query(
        "listings",
        "three brands",
        "FacetQueries.brands",
        lambda shop: _facets(shop).brands([1, 2, 3]),
    ),
    _of_a_page(
        "categories of a page",
        "FacetQueries.children",
        lambda shop, ids: _facets(shop).children(None, ids),
    ),
    _of_a_page(
        "a listing",
        "ListingQueries.shown",
        lambda shop, ids: [ListingQueries(shop.database, _LOCALE).shown(each) for each in ids[:1]],
    ),
    Query(
        "listings",
        "a slug",
        "ListingQueries.id_of_slug",
        lambda shop: ListingQueries(shop.database, _LOCALE).id_of_slug("data-00000001"),
    ),
    Query(
        "listings",
        "listings of products",
        "ListingsOfProducts.ids",
        lambda shop: ListingsOfProducts(shop.database).ids([shop.samples.product_id]),
    ),
    Query(
        "listings",
        "search",
        "MatchQueries.find",
        lambda shop: MatchQueries(shop.database, "en").find("oak", None, PAGE).positions,
    ),
)
