"""Which answers API Gateway compresses, and how.

According to its documentation, it must support the coding that the client prefers, and the answer must not be encoded
yet and have at least minimumCompressionSize. With `*` or without the header it does not compress. It adds no Vary.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.local.gateway.gateway_responses import Rendered

_WINDOW_BITS = {"gzip": 31, "deflate": 15}  # deflate is the zlib format (RFC 9110, 8.4.1.2)
_ENTRY = re.compile(r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:;\s*[qQ]\s*=\s*([01](?:\.\d{0,3})?)\s*)?")


def compressed(rendered: Rendered, accept_encoding: str | None, minimum_size: int | None) -> Rendered:
    """Returns the answer, compressed if the client accepts it and the API compresses answers of its size."""
    coding = _preferred(accept_encoding or "")
    is_encoded = any(name.lower() == "content-encoding" for name, _ in rendered.headers)
    if coding not in _WINDOW_BITS or minimum_size is None or is_encoded or len(rendered.body) < max(minimum_size, 1):
        return rendered
    compressor = zlib.compressobj(wbits=_WINDOW_BITS[coding])
    body = compressor.compress(rendered.body) + compressor.flush()
    return replace(rendered, headers=[*rendered.headers, ("Content-Encoding", coding)], body=body)


def _preferred(accept_encoding: str) -> str:
    """Returns the coding of the highest quality, the first of equals; "" if none is acceptable."""
    found = [match for part in accept_encoding.split(",") if (match := _ENTRY.fullmatch(part))]
    qualities = [(float(match[2] or 1), match[1].lower()) for match in found]
    quality, coding = max(qualities, key=lambda pair: pair[0], default=(0.0, ""))
    return coding if quality > 0 else ""
