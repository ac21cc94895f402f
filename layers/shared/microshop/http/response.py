"""The response of an endpoint, and its conversion for API Gateway's proxy integration."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from microshop.values import Value

JSON = "application/json"
PROBLEM = "application/problem+json"

_SECURITY_HEADERS = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
_EXPOSED_HEADERS = "ETag, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
_NONE: Mapping[str, Any] = MappingProxyType({})


class Response(Value):
    """A status, the body as text, and headers. The fields of `log` are added to the request's log line."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = _NONE
    content_type: str = JSON
    log: Mapping[str, object] = _NONE
    degraded: str = ""  # dependency that was down although the request succeeded


def ok(view: Mapping[str, object], headers: Mapping[str, str] | None = None, *, degraded: str = "") -> Response:
    """Returns a 200 with a JSON body."""
    return Response(200, to_json(view), headers or {}, degraded=degraded)


def created(
    view: Mapping[str, object], location: str, *, log: Mapping[str, object] | None = None, degraded: str = ""
) -> Response:
    """Returns a 201 with a JSON body and the location of the new resource."""
    return Response(201, to_json(view), {"Location": location}, log=log or {}, degraded=degraded)


def accepted(view: Mapping[str, object] | None = None) -> Response:
    """Returns a 202, with a JSON body if there is a view: what was asked for happens later."""
    return Response(202, "" if view is None else to_json(view))


def no_content(*, degraded: str = "") -> Response:
    """Returns a 204."""
    return Response(204, degraded=degraded)


def not_modified(
    headers: Mapping[str, str], *, log: Mapping[str, object] | None = None, degraded: str = ""
) -> Response:
    """Returns a 304: the client already has this version."""
    return Response(304, headers=headers, log=log or {}, degraded=degraded)


def to_json(value: object) -> str:
    """Returns compact JSON with non-ASCII characters unescaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def allowed_origin(allowed: str, origin: str) -> str:
    """Returns the allowed origin for a response: `origin` if it is one of `allowed`, else the first of `allowed`.

    `allowed` is `*`, or origins separated by commas.
    """
    origins = [part.strip() for part in allowed.split(",")]
    return origin if origin in origins else origins[0]


def to_proxy_response(response: Response, request_id: str, cors_origin: str) -> dict[str, Any]:
    """Returns the response in the format of API Gateway's Lambda proxy integration. API Gateway compresses it."""
    vary = "Accept-Encoding" if cors_origin == "*" else "Accept-Encoding, Origin"
    headers = {
        "Cache-Control": "no-store",
        **_SECURITY_HEADERS,
        "Access-Control-Allow-Origin": cors_origin,
        "Access-Control-Expose-Headers": _EXPOSED_HEADERS,
        "X-Request-Id": request_id,
        **response.headers,
        "Vary": f"{vary}, {response.headers['Vary']}" if "Vary" in response.headers else vary,
    }
    if response.body:
        headers["Content-Type"] = response.content_type
    return {"statusCode": response.status, "headers": headers, "body": response.body, "isBase64Encoded": False}
