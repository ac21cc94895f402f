"""Redirects to another path of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from microshop.http.response import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microshop.http.request import Request


def moved_permanently(request: Request, path: str, *, log: Mapping[str, object], degraded: str = "") -> Response:
    """Returns a 301 to a path such as `/api/v1/listings/linen-shirt`, with the query of the request."""
    query = urlencode(request.query_values, doseq=True, errors="replace")
    return Response(301, headers={"Location": f"{path}?{query}" if query else path}, log=log, degraded=degraded)
