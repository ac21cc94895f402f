"""/docs with Swagger UI, and /openapi.json.

The page loads files of this machine only and has no inline scripts. Its content security policy forbids both.
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
from tools.local.page_layout import FILES, render_page
from tools.local.stripe.cards import outcomes

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

OPENAPI_FILE = ROOT / "docs" / "openapi.yaml"

_DEFAULT_ADDRESS = "http://127.0.0.1:3000"  # in the guides; the pages replace it by the address of this shop
_FOLDERS = (Path(__file__).parent / "files", FILES)
_HEAD = """<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
    <link rel="stylesheet" href="/docs/files/page.css">
    <script src="/docs/assets/swagger-ui-bundle.js" defer></script>
    <script src="/docs/files/start.js" type="module"></script>"""
# The icons of Swagger UI are data URLs. A script sets its styles, which a policy does not restrict.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'{provider}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_GUIDE_LINK = re.compile(r"\]\(([a-z-]+)\.md(#[\w-]+)?\)")


def routes(stripe_url: str | None) -> list[BaseRoute]:
    """Returns the routes that the gateway serves besides the API. `stripe_url` is None without card payments."""
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
    text = render_page("Try the API", '<div id="page"></div>', head=_HEAD)
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
        else _html(guides.NOT_FOUND, policy, status=404)
    )


def _file(request: Request) -> Response:
    files = {file.name: file for folder in _FOLDERS for file in folder.iterdir()}
    found = files.get(request.path_params["name"])
    return FileResponse(found, headers=_HEADERS) if found else Response(status_code=404, headers=_HEADERS)


def _html(text: str, policy: str, *, status: int = 200) -> Response:
    headers = {**_HEADERS, "Content-Security-Policy": policy}
    return Response(text, status, media_type="text/html", headers=headers)


def _openapi(_request: Request) -> Response:
    # Tools that load this address may have another origin, such as the preview of an editor.
    headers = {**_HEADERS, "Access-Control-Allow-Origin": "*"}
    return Response(_as_json(OPENAPI_FILE.stat().st_mtime_ns), media_type="application/json", headers=headers)


@functools.lru_cache(maxsize=1)
def _as_json(_changed_at: int) -> str:
    described: dict[str, Any] = yaml.safe_load(OPENAPI_FILE.read_text(encoding="utf-8"))
    # The API has the same address as this file, and the guides that it links to are pages here.
    text = json.dumps({**described, "servers": [{"url": "/"}]}, ensure_ascii=False)
    return _GUIDE_LINK.sub(r"](/docs/\1\2)", text)


def _assets() -> Path:
    # Not imported, because the package imports Flask.
    package = importlib.util.find_spec("flask_swagger_ui")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("flask-swagger-ui is not installed; run `make setup`.")
    return Path(package.origin).parent / "dist"
