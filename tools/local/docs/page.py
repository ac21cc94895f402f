"""/docs, where a browser can try the API, and /openapi.json, which describes it.

Everything that the page loads comes from this machine, and the page has no inline script; its policy forbids them.
"""

from __future__ import annotations

import functools
import html
import importlib.util
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from tools import ROOT
from tools.local.docs import guides
from tools.local.frame import FILES, framed
from tools.local.stripe.cards import outcomes

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

OPENAPI_FILE = ROOT / "docs" / "openapi.yaml"

_DEFAULT_ADDRESS = "http://127.0.0.1:3000"  # in the guides; their pages show the address of this shop
_FOLDERS = (Path(__file__).parent / "files", FILES)
_HEAD = """<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
    <link rel="stylesheet" href="/docs/files/page.css">
    <script src="/docs/assets/swagger-ui-bundle.js" defer></script>
    <script src="/docs/files/start.js" type="module"></script>"""
# Swagger UI's icons are data URLs; its styles are set by script, which a policy does not see.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'{provider}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_GUIDE_LINK = re.compile(r"\]\(([a-z-]+)\.md(#[\w-]+)?\)")


def routes(stripe_url: str | None) -> list[BaseRoute]:
    """What the local gateway serves beside the API; test cards pay at `stripe_url`, None without card payments."""
    page = _page(stripe_url)
    return [
        Route("/docs", page),
        Route("/docs/", page),
        Route("/docs/settings.json", _settings(stripe_url)),
        Route("/docs/files/{name}", _file),
        Mount("/docs/assets", StaticFiles(directory=_assets())),
        Route("/docs/{name:path}", _guide),
        Route("/openapi.json", _openapi),
    ]


def _page(stripe_url: str | None) -> Callable[[Request], Response]:
    policy = _POLICY.format(provider=f" {stripe_url}" if stripe_url else "")
    text = framed("Try the API", '<div id="page"></div>', head=_HEAD)
    return lambda _request: _html(text, policy)


def _settings(stripe_url: str | None) -> Callable[[Request], Response]:
    cards = [{"name": name, "outcome": outcome} for name, outcome in outcomes().items()]

    text = json.dumps({"stripe_url": stripe_url, "cards": cards})
    return lambda _request: Response(text, media_type="application/json", headers=_HEADERS)


def _guide(request: Request) -> Response:
    file = guides.file_of(request.path_params["name"])
    policy = _POLICY.format(provider="")
    here = html.escape(str(request.base_url).rstrip("/"))
    return (
        _html(guides.page_of(file).replace(_DEFAULT_ADDRESS, here), policy)
        if file
        else _html(guides.NOT_THERE, policy, status=404)
    )


def _file(request: Request) -> Response:
    files = {file.name: file for folder in _FOLDERS for file in folder.iterdir()}
    found = files.get(request.path_params["name"])
    return FileResponse(found, headers=_HEADERS) if found else Response(status_code=404, headers=_HEADERS)


def _html(text: str, policy: str, *, status: int = 200) -> Response:
    headers = {**_HEADERS, "Content-Security-Policy": policy}
    return Response(text, status, media_type="text/html", headers=headers)


def _openapi(_request: Request) -> Response:
    # A tool that was given this address may be on another origin, such as an editor's preview.
    headers = {**_HEADERS, "Access-Control-Allow-Origin": "*"}
    return Response(_as_json(OPENAPI_FILE.stat().st_mtime_ns), media_type="application/json", headers=headers)


@functools.lru_cache(maxsize=1)
def _as_json(_changed_at: int) -> str:
    described: dict[str, Any] = yaml.safe_load(OPENAPI_FILE.read_text(encoding="utf-8"))
    # The API is where this was asked for, whatever port that is, and the guides beside the description are pages here.
    text = json.dumps({**described, "servers": [{"url": "/"}]}, ensure_ascii=False)
    return _GUIDE_LINK.sub(r"](/docs/\1\2)", text)


def _assets() -> Path:
    # Found, not imported: importing the package would import Flask.
    package = importlib.util.find_spec("flask_swagger_ui")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("flask-swagger-ui is not installed; run `make setup`.")
    return Path(package.origin).parent / "dist"
