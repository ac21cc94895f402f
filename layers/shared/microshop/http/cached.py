"""The response of an endpoint that reads the cache of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.http.conditional import is_fresh
from microshop.http.response import Response, not_modified

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microshop.http.request import Request
    from microshop.products.cache import CachedResponse


def cached_response(request: Request, cached: CachedResponse, headers: Mapping[str, str]) -> Response:
    """Returns the cached response, or a 304 if the client has it. It has an ETag."""
    # no-cache: a browser may store the response, but must revalidate it before every use.
    headers = {**headers, "ETag": cached.etag, "Cache-Control": "no-cache"}
    log, degraded = {"cache": cached.source}, "redis" if cached.redis_unavailable else ""
    if is_fresh(request.header("if-none-match"), cached.etag):
        return not_modified(headers, log=log, degraded=degraded)
    return Response(200, cached.body, headers, log=log, degraded=degraded)
