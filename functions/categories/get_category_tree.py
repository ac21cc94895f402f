"""GET /api/v1/categories: the category tree in one language, from the cache if possible."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from microshop.categories.cache import tree_subject
from microshop.http import Request, Response, endpoint
from microshop.http.cached import cached_response
from microshop.http.catalogue_language import catalogue_languages, language_headers, requested_language
from microshop.platform.redis import redis
from microshop.products.cache import ProductCache

if TYPE_CHECKING:
    from microshop.products.product import RenderedResponse


@endpoint(reads_query=True)
def handler(request: Request) -> Response:
    query = request.query()
    language = requested_language(request, query)
    query.finish()
    cached = _cache().get(tree_subject(language), lambda: _load(language))
    assert cached is not None  # noqa: S101 - a tree without categories is a response too
    return cached_response(request, cached, language_headers(language))


@functools.cache
def _cache() -> ProductCache:
    return ProductCache(redis())


def _load(language: str) -> RenderedResponse:
    # Imported here, because a cache hit needs neither the database client nor the rules.
    from microshop.categories.queries import TreeQueries  # noqa: PLC0415
    from microshop.categories.reading import render_tree  # noqa: PLC0415
    from microshop.platform.mysql import database  # noqa: PLC0415

    return render_tree(catalogue_languages(), language, TreeQueries(database()))
