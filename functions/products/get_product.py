"""GET /api/v1/products/{id}: one product, from the cache where it can."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from microshop.errors import NotFound
from microshop.http import Request, Response, endpoint, not_modified
from microshop.http.conditional import is_fresh
from microshop.platform import settings
from microshop.platform.redis import redis
from microshop.products.cache import ProductCache

if TYPE_CHECKING:
    from microshop.products.product import FinishedProduct


@endpoint()
def handler(request: Request) -> Response:
    product_id = request.path_id("id")
    answer = _cache().get(product_id, lambda: _load(product_id))
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


def _load(product_id: int) -> FinishedProduct | None:
    # A hit, which is nearly every request, does not pay for importing the database client and the rules.
    from microshop.platform.mysql import database  # noqa: PLC0415
    from microshop.products.queries import ProductQueries  # noqa: PLC0415
    from microshop.products.reading import finished_product  # noqa: PLC0415

    return finished_product(product_id, ProductQueries(database(), settings.text("CURRENCY")))
