"""Cached pages of listings: who deletes them, in which languages, and that no old page is cached afterwards."""

import pytest

from microshop.listings import cache as listing_cache
from microshop.listings.cache import clear_listings, facets_subject, invalidate_listings, listing_subject
from microshop.listings.filters import ListingFilter, OptionFilter
from microshop.listings.listing_queries import ListingQueries, ListingsOfProducts
from microshop.listings.rendering import render_listing
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.products.cache import ProductCache
from tests.integration.listings.conftest import ENGLISH
from tests.support.catalogue import put_on_sale
from tests.support.listings import GivenVariant, put_listing, put_variant


@pytest.fixture
def cache(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> ProductCache:
    monkeypatch.setenv("LANGUAGES", "en,zh")
    monkeypatch.setattr(listing_cache, "redis", lambda: redis)
    return ProductCache(redis)


def _source(cache: ProductCache, database: Database, listing_id: int, language: str = "en") -> str:
    listings = ListingQueries(database, ENGLISH)
    found = cache.get(listing_subject(listing_id, language), lambda: render_listing(listing_id, ENGLISH, listings))
    return found.source if found else "missing"


def test_a_page_is_deleted_in_all_languages(cache: ProductCache, database: Database) -> None:
    changed, other = put_listing(database), put_listing(database)
    for listing_id, language in ((changed, "en"), (changed, "zh"), (other, "en")):
        assert _source(cache, database, listing_id, language) == "miss"

    assert invalidate_listings([changed]) == ""

    sources = [_source(cache, database, *page) for page in ((changed, "en"), (changed, "zh"), (other, "en"))]
    assert sources == ["miss", "miss", "hit"]


def test_a_page_that_was_read_before_a_change_is_not_cached(cache: ProductCache, database: Database) -> None:
    listing_id, listings = put_listing(database), ListingQueries(database, ENGLISH)

    def load_while_the_stock_changes() -> object:
        loaded = render_listing(listing_id, ENGLISH, listings)
        clear_listings([listing_id])
        return loaded

    cache.get(listing_subject(listing_id, "en"), load_while_the_stock_changes)  # type: ignore[arg-type]

    assert _source(cache, database, listing_id) == "miss"


def test_the_listings_of_products_are_found(database: Database) -> None:
    listing_id = put_listing(database, variants=[])
    one, two = (put_variant(database, listing_id, GivenVariant(f"size={size}")) for size in "sm")
    without = put_on_sale(database)

    assert ListingsOfProducts(database).ids([one, two, without]) == [listing_id]
    assert ListingsOfProducts(database).ids([]) == []


def test_facets_of_other_filters_or_languages_have_their_own_entry() -> None:
    red = ListingFilter(options=(OptionFilter("color", ("red",)),))
    lists = [(ListingFilter(), "en"), (ListingFilter(), "zh"), (red, "en"), (ListingFilter(search="x" * 100), "en")]

    subjects = {facets_subject(*each) for each in lists}

    assert len(subjects) == len(lists)
    assert {len(subject) for subject in subjects} == {len("facets:") + 32}
