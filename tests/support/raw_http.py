"""An HTTP client that sends invalid paths and headers unchanged, where other clients would correct them."""

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit


def exchange(
    url: str, method: str, target: str, headers: list[tuple[str, str]] | None = None, body: bytes | None = None
) -> tuple[int, dict[str, Any]]:
    """Send a request. Returns the status and the JSON of the answer, which must be a problem from 400 on.

    `target` follows /api/v1. Header values are Latin-1.
    """
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        connection.putrequest(method, f"/api/v1{target}")
        for name, value in headers or []:
            connection.putheader(name, value.encode("latin-1"))
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        text = response.read()
        assert response.status < 400 or response.headers["Content-Type"] == "application/problem+json"
        return response.status, json.loads(text) if text else {}
    finally:
        connection.close()
