"""What a function's answer becomes on the wire, by the rules of the Lambda proxy integration."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any

from tools.lambda_events.apigateway import matches_media_type
from tools.local.gateway.gateway_responses import Rendered, api_configuration_error, integration_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_LINE_BREAK = re.compile(r"[\r\n\0]")
_FIELDS = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
# API Gateway's list of headers that do not come through as they are.
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


def rendered(payload: bytes, accept: str | None, binary_media_types: Iterable[str]) -> Rendered:
    """The HTTP answer.

    Raises:
        GatewayError: 502 for what is no proxy response; 500 where a binary body is not base64.
    """
    try:
        answer = json.loads(payload)
    except ValueError:
        raise integration_error() from None
    if not _is_proxy_response(answer):
        raise integration_error()
    headers = [*_headers(answer)]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    body = (answer.get("body") or "").encode("utf-8", errors="replace")
    # The type that the client accepts decides, not that of the answer.
    if answer.get("isBase64Encoded") is True and matches_media_type(accept, binary_media_types):
        try:
            body = base64.b64decode(body, validate=True)
        except binascii.Error:
            raise api_configuration_error() from None
    return Rendered(int(answer.get("statusCode", 200)), headers, body)


def _is_proxy_response(answer: Any) -> bool:
    if not isinstance(answer, dict) or not answer.keys() <= _FIELDS:
        return False
    single, multiple = answer.get("headers") or {}, answer.get("multiValueHeaders") or {}
    return (
        _is_status(answer.get("statusCode", 200))
        and isinstance(answer.get("body") or "", str)
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


def _headers(answer: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    multiple = {name: _listed(values) for name, values in (answer.get("multiValueHeaders") or {}).items()}
    listed = {name.lower() for name in multiple}
    pairs = [(name, value) for name, values in multiple.items() for value in values]
    # Both lists are merged; a pair that stands in both appears once.
    pairs += [
        (name, value)
        for name, value in (answer.get("headers") or {}).items()
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
