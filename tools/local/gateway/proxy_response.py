"""Converts the result of a function into an HTTP response, by the rules of the Lambda proxy integration."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any

from tools.lambda_events.apigateway import matches_media_type
from tools.local.gateway.gateway_responses import RenderedResponse, api_configuration_error, integration_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_LINE_BREAK = re.compile(r"[\r\n\0]")
_FIELDS = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
# API Gateway renames or drops these headers, according to its documentation.
_REMAPPED = {
    "authorization",
    "connection",
    "content-md5",
    "date",
    "max-forwards",
    "server",
    "user-agent",
    "www-authenticate",
}
_DROPPED = {"content-length", "expect", "host", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade"}


def render(payload: bytes, accept: str | None, binary_media_types: Iterable[str]) -> RenderedResponse:
    """Returns the HTTP response.

    Raises:
        GatewayError: 502 if the result is not a proxy response, 500 if a binary body is not base64.
    """
    try:
        result = json.loads(payload)
    except ValueError:
        raise integration_error() from None
    if not _is_proxy_response(result):
        raise integration_error()
    headers = [*_headers(result)]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    body = (result.get("body") or "").encode("utf-8", errors="replace")
    # The type that the client accepts decides, not the type of the response.
    if result.get("isBase64Encoded") is True and matches_media_type(accept, binary_media_types):
        try:
            body = base64.b64decode(body, validate=True)
        except binascii.Error:
            raise api_configuration_error() from None
    return RenderedResponse(int(result.get("statusCode", 200)), headers, body)


def _is_proxy_response(result: Any) -> bool:
    if not isinstance(result, dict) or not result.keys() <= _FIELDS:
        return False
    single, multiple = result.get("headers") or {}, result.get("multiValueHeaders") or {}
    return (
        _is_status(result.get("statusCode", 200))
        and isinstance(result.get("body") or "", str)
        and isinstance(single, dict)
        and isinstance(multiple, dict)
        and all(_is_header(name, value) for name, value in single.items())
        and all(_is_header(name, value) for name, values in multiple.items() for value in _listed(values))
    )


def _is_header(name: str, value: Any) -> bool:
    text_or_truth = isinstance(value, bool) or (isinstance(value, str) and not _LINE_BREAK.search(value))
    return text_or_truth and _HEADER_NAME.fullmatch(name) is not None


def _is_status(value: Any) -> bool:
    try:
        return 200 <= int(value) <= 599
    except (TypeError, ValueError):
        return False


def _headers(result: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    multiple = {name: _listed(values) for name, values in (result.get("multiValueHeaders") or {}).items()}
    listed = {name.lower() for name in multiple}
    pairs = [(name, value) for name, values in multiple.items() for value in values]
    # Both lists are merged. A pair that is in both appears once.
    pairs += [
        (name, value)
        for name, value in (result.get("headers") or {}).items()
        if name.lower() not in listed or value not in multiple.get(name, ())
    ]
    for name, value in pairs:
        text = json.dumps(value) if isinstance(value, bool) else value
        if name.lower() in _REMAPPED:
            yield f"x-amzn-Remapped-{name}", text
        elif name.lower() not in _DROPPED:
            yield name, text


def _listed(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]
