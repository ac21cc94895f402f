"""GET /api/v1/categories/{category}: a category by id or slug in one language, from the cache if possible."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from microshop.categories.cache import category_subject
from microshop.errors import NotFound
from microshop.http import Request, Response, endpoint
from microshop.http.cached import cached_response
from microshop.http.catalogue_language import catalogue_languages, language_headers, requested_language
from microshop.platform.redis import redis
from microshop.products.cache import ProductCache
from microshop.slugs import MAX_SLUG_LENGTH

if TYPE_CHECKING:
    from microshop.products.product import RenderedResponse


@endpoint(reads_query=True)
def handler(request: Request) -> Response:
    id_or_slug, query = request.path_text("category", MAX_SLUG_LENGTH), request.query()
    language = requested_language(request, query)
    query.finish()
    cached = _cache().get(category_subject(id_or_slug, language), lambda: _load(id_or_slug, language))
    if cached is None:
        raise NotFound("category")
    return cached_response(request, cached, language_headers(language))


@functools.cache
def _cache() -> ProductCache:
    return ProductCache(redis())


def _load(id_or_slug: str, language: str) -> RenderedResponse | None:
    # Imported here, because a cache hit needs neither the database client nor the rules.
    from microshop.categories.queries import TreeQueries  # noqa: PLC0415
    from microshop.categories.reading import render_category  # noqa: PLC0415
    from microshop.platform.mysql import database  # noqa: PLC0415

    return render_category(id_or_slug, catalogue_languages(), language, TreeQueries(database()))
