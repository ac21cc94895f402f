"""GET /api/v1/facets: how many listings of a list have each option, brand, price and stock."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from microshop.http import Request, Response, endpoint
from microshop.http.catalogue_language import catalogue_languages, language_headers, requested_language
from microshop.http.listing_filters import listing_filter
from microshop.listings.cache import facets_subject
from microshop.platform import settings
from microshop.platform.redis import redis
from microshop.products.cache import ProductCache

if TYPE_CHECKING:
    from microshop.listings.filters import ListingFilter
    from microshop.products.product import RenderedResponse


@endpoint(reads_query=True)
def handler(request: Request) -> Response:
    query = request.query()
    language = requested_language(request, query)
    criteria = listing_filter(query, settings.text("CURRENCY"))
    query.finish()
    response = _cache().get(facets_subject(criteria, language), lambda: _load(criteria, language))
    assert response is not None  # noqa: S101 - facets without listings are a response too
    degraded = "redis" if response.redis_unavailable else ""
    return Response(200, response.body, language_headers(language), log={"cache": response.source}, degraded=degraded)


@functools.cache
def _cache() -> ProductCache:
    return ProductCache(redis())


def _load(criteria: ListingFilter, language: str) -> RenderedResponse:
    # Imported here, because a cache hit needs neither the database client nor the rules.
    from microshop.listings.facet_queries import FacetQueries  # noqa: PLC0415
    from microshop.listings.facet_reading import FacetReader  # noqa: PLC0415
    from microshop.listings.list_queries import ListQueries  # noqa: PLC0415
    from microshop.listings.locale import Locale  # noqa: PLC0415
    from microshop.listings.match_queries import MatchQueries  # noqa: PLC0415
    from microshop.platform.mysql import database  # noqa: PLC0415

    locale = Locale(language, catalogue_languages()[0], settings.text("CURRENCY"))
    shelves, matches = ListQueries(database(), locale), MatchQueries(database(), language)
    return FacetReader(locale, shelves, matches, FacetQueries(database(), locale)).render(criteria)
