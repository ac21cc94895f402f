"""GET /api/v1/products/categories: the categories that have products on sale, from the cache if possible."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from microshop.http import Request, Response, endpoint
from microshop.platform import settings
from microshop.platform.redis import redis
from microshop.products.cache import CATEGORIES, ProductCache

if TYPE_CHECKING:
    from microshop.products.product import RenderedResponse


@endpoint()
def handler(_request: Request) -> Response:
    response = _cache().get(CATEGORIES, _load)
    assert response is not None  # noqa: S101 - a list without categories is a response too
    degraded = "redis" if response.redis_unavailable else ""
    return Response(200, response.body, log={"cache": response.source}, degraded=degraded)


@functools.cache
def _cache() -> ProductCache:
    return ProductCache(redis())


def _load() -> RenderedResponse:
    # Imported here, because a cache hit needs neither the database client nor the rules.
    from microshop.http.catalogue_language import catalogue_languages  # noqa: PLC0415
    from microshop.platform.mysql import database  # noqa: PLC0415
    from microshop.products.category_queries import CategoryQueries  # noqa: PLC0415
    from microshop.products.reading import render_categories  # noqa: PLC0415

    return render_categories(CategoryQueries(database(), settings.text("CURRENCY")), catalogue_languages()[0])
