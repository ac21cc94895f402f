"""What an endpoint answers, and how it becomes API Gateway's proxy response."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"
PROBLEM = "application/problem+json"

_SECURITY_HEADERS = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
_EXPOSED_HEADERS = "ETag, Location, Retry-After, X-Request-Id"


@dataclass(frozen=True)
class Response:
    """A status, finished JSON text and headers; `log` goes into the request's log line."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON
    log: Mapping[str, object] = field(default_factory=dict)
    degraded: str = ""  # a dependency that did not answer while the client was served all the same


def ok(view: Mapping[str, Any], headers: Mapping[str, str] | None = None, *, degraded: str = "") -> Response:
    """200 with a JSON body."""
    return Response(200, to_json(view), headers or {}, degraded=degraded)


def created(
    view: Mapping[str, Any], location: str, *, log: Mapping[str, object] | None = None, degraded: str = ""
) -> Response:
    """201 with a JSON body and where the new thing is."""
    return Response(201, to_json(view), {"Location": location}, log=log or {}, degraded=degraded)


def no_content(*, degraded: str = "") -> Response:
    """204."""
    return Response(204, degraded=degraded)


def not_modified(
    headers: Mapping[str, str], *, log: Mapping[str, object] | None = None, degraded: str = ""
) -> Response:
    """304: the client has it already."""
    return Response(304, headers=headers, log=log or {}, degraded=degraded)


def to_json(value: object) -> str:
    """Compact JSON, characters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def to_proxy_response(response: Response, request_id: str, cors_origin: str) -> dict[str, Any]:
    """The answer in the form that API Gateway's Lambda proxy integration expects."""
    headers = {
        "Cache-Control": "no-store",
        **_SECURITY_HEADERS,
        "Access-Control-Allow-Origin": cors_origin,
        "Access-Control-Expose-Headers": _EXPOSED_HEADERS,
        "X-Request-Id": request_id,
        **response.headers,
    }
    if cors_origin != "*":
        headers["Vary"] = "Origin"
    if response.body:
        headers["Content-Type"] = response.content_type
    return {"statusCode": response.status, "headers": headers, "body": response.body, "isBase64Encoded": False}
