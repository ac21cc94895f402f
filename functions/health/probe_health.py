"""Requests the shop's health through its public URL. An alarm fires if this function stops running."""

import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit

from microshop.platform import observability, settings
from microshop.platform.observability import MetricUnit

_PATH = "/api/v1/health"
_TIMEOUT_SECONDS = 5.0
_MAX_BODY_BYTES = 10_000


def handler(_event: dict[str, Any], _context: object) -> dict[str, object]:
    """Returns `{"up": …, "seconds": …}`. Any error counts as down. The function runs again in the next minute."""
    started = time.monotonic()
    problem = _problem(settings.text("API_URL"))
    seconds = time.monotonic() - started
    if problem is None and seconds > _TIMEOUT_SECONDS:  # the connection's timeout is per read
        problem = "answered too late"
    if problem is not None:
        observability.log().error("the shop is not healthy", reason=problem, seconds=round(seconds, 3))
    observability.emit(
        {
            "health_probe_up": (0 if problem else 1, MetricUnit.Count),
            "health_probe_seconds": (seconds, MetricUnit.Seconds),
        }
    )
    return {"up": problem is None, "seconds": seconds}


def _problem(api_url: str) -> str | None:
    """Returns the problem of the response, or None. A redirect is a problem."""
    url = urlsplit(api_url)
    connect = http.client.HTTPConnection if url.scheme == "http" else http.client.HTTPSConnection
    connection = connect(url.netloc, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", url.path.rstrip("/") + _PATH)
        response = connection.getresponse()
        body = response.read(_MAX_BODY_BYTES)
        return None if response.status == 200 and _is_ok(body) else f"status {response.status}"
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()


def _is_ok(body: bytes) -> bool:
    try:
        return bool(json.loads(body)["status"] == "ok")
    except (ValueError, KeyError, TypeError):
        return False
