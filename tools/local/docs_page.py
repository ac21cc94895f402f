"""The local stack's own pages: /docs, where a browser can try the API, and /openapi.json, which describes it.

Everything that the page loads comes from this machine, and no script stands in the page itself: its policy sees to it.
"""

from __future__ import annotations

import functools
import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from tools import ROOT

if TYPE_CHECKING:
    from starlette.requests import Request

OPENAPI_FILE = ROOT / "docs" / "openapi.yaml"

_PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>microshop API</title>
    <link rel="icon" href="/docs/assets/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/assets/swagger-ui.css">
    <script src="/docs/assets/swagger-ui-bundle.js" defer></script>
    <script src="/docs/start.js" defer></script>
  </head>
  <body>
    <div id="page"></div>
  </body>
</html>
"""
_START = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#page",
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: true,
  validatorUrl: null,
});
"""
# Swagger UI's icons are data URLs; its styles are set by script, which a policy does not see.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def routes() -> list[BaseRoute]:
    """What the local gateway serves beside the API."""
    return [
        Route("/docs", _page),
        Route("/docs/", _page),
        Route("/docs/start.js", _start),
        Mount("/docs/assets", StaticFiles(directory=_assets())),
        Route("/openapi.json", _openapi),
    ]


def _page(_request: Request) -> Response:
    return Response(_PAGE, media_type="text/html", headers={**_HEADERS, "Content-Security-Policy": _POLICY})


def _start(_request: Request) -> Response:
    return Response(_START, media_type="text/javascript", headers=_HEADERS)


def _openapi(_request: Request) -> Response:
    # A tool that was given this address may be on another origin, such as an editor's preview.
    headers = {**_HEADERS, "Access-Control-Allow-Origin": "*"}
    return Response(_as_json(OPENAPI_FILE.stat().st_mtime_ns), media_type="application/json", headers=headers)


@functools.lru_cache(maxsize=1)
def _as_json(_changed_at: int) -> str:
    described: dict[str, Any] = yaml.safe_load(OPENAPI_FILE.read_text(encoding="utf-8"))
    # The API is where this was asked for, whatever port that is.
    return json.dumps({**described, "servers": [{"url": "/"}]}, ensure_ascii=False)


def _assets() -> Path:
    # Found, not imported: importing the package would import Flask.
    package = importlib.util.find_spec("flask_swagger_ui")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("flask-swagger-ui is not installed; run `make setup`.")
    return Path(package.origin).parent / "dist"
