"""GET /api/v1/products/{id}: one product, from the cache if possible."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from microshop.errors import NotFound
from microshop.http import Request, Response, endpoint, not_modified
from microshop.http.conditional import is_fresh
from microshop.platform import settings
from microshop.platform.redis import redis
from microshop.products.cache import CachedResponse, ProductCache

if TYPE_CHECKING:
    from microshop.products.product import RenderedResponse


@endpoint(reads_query=True)
def handler(request: Request) -> Response:
    product_id, query = request.path_id("id"), request.query()
    currency = query.parse("currency", _currency_code)
    query.finish()
    if currency in (None, settings.text("CURRENCY")):
        response = _cache().get(product_id, lambda: _load(product_id))
    else:  # rare: an admin looks up a product with a price in another currency, to correct it
        found = _load(product_id, currency)
        response = found and CachedResponse(found.etag, found.body, "database")
    if response is None:
        raise NotFound("product")
    # no-cache: a browser may store the response, but must revalidate it before every use.
    headers = {"ETag": response.etag, "Cache-Control": "no-cache"}
    log, degraded = {"cache": response.source}, "redis" if response.redis_unavailable else ""
    if is_fresh(request.header("if-none-match"), response.etag):
        return not_modified(headers, log=log, degraded=degraded)
    return Response(200, response.body, headers, log=log, degraded=degraded)


@functools.cache
def _cache() -> ProductCache:
    return ProductCache(redis())


def _currency_code(text: str) -> str:
    from microshop.money import currency_code  # noqa: PLC0415 - few requests name a currency

    return currency_code(text)


def _load(product_id: int, currency: str | None = None) -> RenderedResponse | None:
    # Imported here, because a cache hit, which is the usual case, needs neither the database client nor the rules.
    from microshop.platform.mysql import database  # noqa: PLC0415
    from microshop.products.queries import ProductQueries  # noqa: PLC0415
    from microshop.products.reading import render_product  # noqa: PLC0415

    return render_product(product_id, ProductQueries(database(), currency or settings.text("CURRENCY")))
