"""Requests the shop's health from outside, as customers would. An alarm fires when this function stops running."""

import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit

from microshop.platform import observability, settings
from microshop.platform.observability import MetricUnit

_PATH = "/api/v1/health"
_PATIENCE_SECONDS = 5.0
_LONGEST_ANSWER = 10_000


def handler(_event: dict[str, Any], _context: object) -> dict[str, object]:
    """Return `{"up": …, "seconds": …}`. Any error counts as down; the next minute tries again."""
    started = time.monotonic()
    problem = _problem(settings.text("API_URL"))
    seconds = time.monotonic() - started
    if problem is None and seconds > _PATIENCE_SECONDS:  # the timeout is per read, the limit for the whole response
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
    """Return what is wrong with the response, or None. A redirect counts as wrong."""
    url = urlsplit(api_url)
    connect = http.client.HTTPConnection if url.scheme == "http" else http.client.HTTPSConnection
    connection = connect(url.netloc, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET", url.path.rstrip("/") + _PATH)
        response = connection.getresponse()
        body = response.read(_LONGEST_ANSWER)
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
