"""GET /api/v1/listings/{listing}: a listing by id or slug, from the cache if possible."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from microshop.errors import NotFound
from microshop.http import Request, Response, endpoint, not_modified
from microshop.http.catalogue_language import catalogue_languages, language_headers, requested_language
from microshop.http.conditional import is_fresh
from microshop.http.redirect import moved_permanently
from microshop.listings.cache import listing_subject, slug_subject
from microshop.listings.listing_head import parse_head
from microshop.platform import settings
from microshop.platform.redis import redis
from microshop.products.cache import ProductCache

if TYPE_CHECKING:
    from microshop.listings.listing_queries import ListingQueries
    from microshop.listings.locale import Locale
    from microshop.products.product import RenderedResponse

_MAX_SLUG_LENGTH = 100


@endpoint(reads_query=True)
def handler(request: Request) -> Response:
    requested, query = request.path_text("listing", _MAX_SLUG_LENGTH), request.query()
    language = requested_language(request, query)
    query.finish()
    listing_id = request.path_id("listing") if requested.isdigit() else _id_of(requested)
    response = _cache().get(listing_subject(listing_id, language), lambda: _load(listing_id, language))
    if response is None:
        raise NotFound("listing")
    head = parse_head(response.etag)
    log, degraded = {"cache": response.source}, "redis" if response.redis_unavailable else ""
    if requested not in (head.slug, str(listing_id)):
        return moved_permanently(request, f"/api/v1/listings/{head.slug}", log=log, degraded=degraded)
    # no-cache: a browser may store the response, but must revalidate it before every use.
    headers = {"ETag": head.etag, "Cache-Control": "no-cache", **language_headers(head.language)}
    if is_fresh(request.header("if-none-match"), head.etag):
        return not_modified(headers, log=log, degraded=degraded)
    return Response(200, response.body, headers, log=log, degraded=degraded)


@functools.cache
def _cache() -> ProductCache:
    return ProductCache(redis())


def _id_of(slug: str) -> int:
    found = _cache().get(slug_subject(slug), lambda: _load_id(slug))
    if found is None:
        raise NotFound("listing")
    return int(found.body)


def _load(listing_id: int, language: str) -> RenderedResponse | None:
    from microshop.listings.rendering import render_listing  # noqa: PLC0415 - a cache hit needs no rules

    locale = _locale(language)
    return render_listing(listing_id, locale, _queries(locale))


def _load_id(slug: str) -> RenderedResponse | None:
    from microshop.listings.rendering import render_id  # noqa: PLC0415 - a cache hit needs no rules

    return render_id(slug, _queries(_locale(catalogue_languages()[0])))


def _locale(language: str) -> Locale:
    from microshop.listings.locale import Locale  # noqa: PLC0415 - a cache hit needs no rules

    return Locale(language, catalogue_languages()[0], settings.text("CURRENCY"))


def _queries(locale: Locale) -> ListingQueries:
    # Imported here, because a cache hit, which is the usual case, does not need the database client.
    from microshop.listings.listing_queries import ListingQueries  # noqa: PLC0415
    from microshop.platform.mysql import database  # noqa: PLC0415

    return ListingQueries(database(), locale)
