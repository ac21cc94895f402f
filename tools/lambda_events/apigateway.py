"""Creates the event of a REST API's Lambda proxy integration.

Shapes and encodings are those that API Gateway was recorded sending: the path and its parameters stay percent-encoded,
the query is decoded, and a map without entries is null.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from tools.templates.model import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tools.templates.model import RestApi

# Headers that API Gateway does not pass to the integration, by its documentation and by observation.
_DROPPED = {
    "connection", "content-length", "content-md5", "expect", "max-forwards", "proxy-authenticate", "te", "trailer",
    "transfer-encoding", "upgrade", "www-authenticate",
}  # fmt: skip
# API Gateway uses this spelling for any request. Other names arrive in lower case, as in HTTP/2.
_SPELLING = {
    "authorization": "Authorization",
    "host": "Host",
    "user-agent": "User-Agent",
    "x-amzn-trace-id": "X-Amzn-Trace-Id",
    "x-forwarded-for": "X-Forwarded-For",
    "x-forwarded-port": "X-Forwarded-Port",
    "x-forwarded-proto": "X-Forwarded-Proto",
}


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as the gateway received it. `path` and `query` are raw; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    client: str
    port: int
    trace: str
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def header(self, name: str) -> str | None:
        """Returns the header's last value."""
        values = [value for key, value in self.headers if key == name.lower()]
        return values[-1] if values else None


@dataclass(frozen=True, slots=True)
class Target:
    """The resource of a request, with its path parameters and its authorizer's context."""

    resource: str
    parameters: Mapping[str, str]
    authorizer: Mapping[str, Any] | None = None


def proxy_event(api: RestApi, request: HttpRequest, target: Target) -> dict[str, Any]:
    """Returns the event of the resource's function."""
    body, is_base64 = _body(request, api.binary_media_types)
    return {
        **_common(api, request, target),
        "body": body,
        "isBase64Encoded": is_base64,
    }


def authorizer_event(api: RestApi, request: HttpRequest, target: Target, token: str | None) -> dict[str, Any]:
    """Returns the event of a TOKEN authorizer if there is a token, else of a REQUEST authorizer."""
    arn = method_arn(api, request.method, request.path)
    if token is not None:
        return {"type": "TOKEN", "methodArn": arn, "authorizationToken": token}
    return {"type": "REQUEST", "methodArn": arn, **_common(api, request, target)}


def method_arn(api: RestApi, method: str, path: str) -> str:
    return f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.api_id}/{api.stage}/{method}/{path.lstrip('/')}"


def context_variables(api: RestApi, request: HttpRequest, target: Target | None) -> dict[str, Any]:
    """Returns the requestContext, which is `$context` in templates."""
    host = request.header("host") or ""
    return {
        "accountId": ACCOUNT,
        "apiId": api.api_id,
        **({"authorizer": dict(target.authorizer)} if target and target.authorizer is not None else {}),
        "deploymentId": api.api_id[:6],
        "domainName": host.partition(":")[0],
        "domainPrefix": host.partition(".")[0].partition(":")[0],
        "extendedRequestId": extended_request_id(request),
        "httpMethod": request.method,
        "identity": _identity(request),
        # The URL of a REST API and this path include the stage; the event's own path does not.
        "path": f"/{api.stage}{request.path}",
        "protocol": "HTTP/1.1",
        "requestId": request.request_id,
        "requestTime": f"{request.received_at:%d/%b/%Y:%H:%M:%S +0000}",
        "requestTimeEpoch": int(request.received_at.timestamp() * 1000),
        "resourceId": hashlib.sha256((target.resource if target else "").encode()).hexdigest()[:6],
        "resourcePath": target.resource if target else None,
        "stage": api.stage,
    }


def extended_request_id(request: HttpRequest) -> str:
    return base64.b64encode(uuid.UUID(request.request_id).bytes[:11]).decode()[:15] + "="


def matches_media_type(value: str | None, media_types: Iterable[str]) -> bool:
    """Whether the first type of a Content-Type or Accept header is one of the API's binary media types."""
    wanted = (value or "").partition(",")[0].partition(";")[0].strip().lower()
    return any(
        kind in {"*/*", wanted} for kind in (media_type.lower().replace("~1", "/") for media_type in media_types)
    )


def _common(api: RestApi, request: HttpRequest, target: Target) -> dict[str, Any]:
    headers = _multi_values(_forwarded_headers(request))
    # `;` separates parameters like `&`, according to API Gateway's documentation ("important notes").
    query = _multi_values(parse_qsl(request.query.replace(";", "&"), keep_blank_values=True, errors="replace"))
    return {
        "resource": target.resource,
        "path": request.path,
        "httpMethod": request.method,
        "headers": _last(headers),
        "multiValueHeaders": headers or None,
        "queryStringParameters": _last(query),
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(target.parameters) or None,
        "stageVariables": dict(api.stage_variables) or None,
        "requestContext": context_variables(api, request, target),
    }


def _forwarded_headers(request: HttpRequest) -> list[tuple[str, str]]:
    given = [(name, value) for name, value in request.headers if name not in _DROPPED]
    hops = [value for name, value in given if name == "x-forwarded-for"]
    kept = [(_SPELLING.get(name, name), value) for name, value in given if name not in _ADDED]
    return [
        *kept,
        ("X-Amzn-Trace-Id", request.trace),
        ("X-Forwarded-For", ", ".join([*hops, request.client])),
        ("X-Forwarded-Port", str(request.port)),
        ("X-Forwarded-Proto", "https" if request.port == _HTTPS else "http"),
    ]


_HTTPS = 443
_ADDED = {"x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}


def _body(request: HttpRequest, binary_media_types: Iterable[str]) -> tuple[str | None, bool]:
    if not request.body:
        return None, False
    if matches_media_type(request.header("content-type"), binary_media_types):
        return base64.b64encode(request.body).decode(), True
    # API Gateway reads a text payload as UTF-8; invalid bytes become U+FFFD.
    return request.body.decode("utf-8", errors="replace"), False


def _identity(request: HttpRequest) -> dict[str, str | None]:
    absent = (
        "accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType",
        "cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "user", "userArn",
    )  # fmt: skip
    return {**dict.fromkeys(absent), "sourceIp": request.client, "userAgent": request.header("user-agent")}


def _multi_values(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


def _last(values: Mapping[str, list[str]]) -> dict[str, str] | None:
    return {name: all_values[-1] for name, all_values in values.items()} or None
