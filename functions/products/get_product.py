"""GET /api/v1/products/{id}: one product, from the cache where it can."""

import functools

from microshop.errors import NotFound
from microshop.http import Request, Response, endpoint, not_modified
from microshop.http.conditional import is_fresh
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.products import service
from microshop.products.cache import ProductCache
from microshop.products.queries import ProductQueries


@endpoint()
def handler(request: Request) -> Response:
    product_id = request.path_id("id")
    answer = _cache().get(product_id, lambda: service.finished_product(product_id, ProductQueries(database())))
    if answer is None:
        raise NotFound("product")
    # no-cache: a browser may keep it, and asks whether it is still fresh before every use.
    headers = {"ETag": answer.etag, "Cache-Control": "no-cache"}
    log, degraded = {"cache": answer.source}, "redis" if answer.redis_away else ""
    if is_fresh(request.header("if-none-match"), answer.etag):
        return not_modified(headers, log=log, degraded=degraded)
    return Response(200, answer.body, headers, log=log, degraded=degraded)


@functools.cache
def _cache() -> ProductCache:
    return ProductCache(redis())
