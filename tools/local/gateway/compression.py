"""Compresses responses as API Gateway does.

According to its documentation, it compresses a response if it supports the preferred coding of the client, and if the
response is not encoded and has at least minimumCompressionSize. It does not compress for `*` or without the header. It
adds no Vary.
"""

from __future__ import annotations

import re
import zlib
from copy import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.local.gateway.gateway_responses import RenderedResponse

_WINDOW_BITS = {"gzip": 31, "deflate": 15}  # deflate is the zlib format (RFC 9110, 8.4.1.2)
_ENTRY = re.compile(r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:;\s*[qQ]\s*=\s*([01](?:\.\d{0,3})?)\s*)?")


def compressed(rendered: RenderedResponse, accept_encoding: str | None, minimum_size: int | None) -> RenderedResponse:
    """Returns the response, compressed if the client accepts that and the response is large enough."""
    coding = _preferred(accept_encoding or "")
    is_encoded = any(name.lower() == "content-encoding" for name, _ in rendered.headers)
    if coding not in _WINDOW_BITS or minimum_size is None or is_encoded or len(rendered.body) < max(minimum_size, 1):
        return rendered
    compressor = zlib.compressobj(wbits=_WINDOW_BITS[coding])
    body = compressor.compress(rendered.body) + compressor.flush()
    return replace(rendered, headers=[*rendered.headers, ("Content-Encoding", coding)], body=body)


def _preferred(accept_encoding: str) -> str:
    """Returns the coding with the highest quality (the first of several), or "" if none is acceptable."""
    found = [match for part in accept_encoding.split(",") if (match := _ENTRY.fullmatch(part))]
    qualities = [(float(match[2] or 1), match[1].lower()) for match in found]
    quality, coding = max(qualities, key=lambda pair: pair[0], default=(0.0, ""))
    return coding if quality > 0 else ""
