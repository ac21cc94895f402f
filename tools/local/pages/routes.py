"""The routes of the pages under /_local, and the redirect from /.

The pages show passwords, mails and requests, so they accept only host names of this machine. A site whose name resolves
to this machine (DNS rebinding) sends its own name as host.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route

from tools.local.pages.events import EventPages
from tools.local.pages.mails import MailPages
from tools.local.pages.rendering import html_response
from tools.local.pages.requests import RequestPages
from tools.local.pages.start import start_content
from tools.problems import LocalProblem

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Scope

    from tools.local.pages.shop_state import ShopStateReader
    from tools.local.recent.activity import Activity

_ALLOWED_HOSTS = ["127.0.0.1", "localhost"]


class _BrowserRoute(Route):
    """A route for clients that accept HTML by name. Any other request goes to the API, as an unknown path."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, found = super().matches(scope)
        is_browser = match is Match.FULL and "text/html" in Headers(scope=scope).get("accept", "")
        return (match, found) if is_browser else (Match.NONE, {})


@dataclass(frozen=True)
class Pages:
    """The pages of a running stack."""

    state_reader: ShopStateReader
    stripe_url: str | None
    is_real_stripe: bool
    activity: Activity

    def routes(self) -> list[BaseRoute]:
        """Returns the routes that the gateway serves besides the API."""
        pages = Starlette(
            routes=[
                Route("/", self._start),
                *MailPages(self.state_reader.aws_endpoint_url).routes(),
                *RequestPages(self.activity).routes(),
                *EventPages(self.activity).routes(),
            ],
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=_ALLOWED_HOSTS, www_redirect=False)],
            exception_handlers={LocalProblem: _unavailable},
        )
        return [_BrowserRoute("/", _to_start), Mount("/_local", pages)]

    async def _start(self, request: Request) -> Response:
        url = str(request.base_url).rstrip("/").removesuffix("/_local")
        content = start_content(
            await self.state_reader.read(), url, self.stripe_url, is_real_stripe=self.is_real_stripe
        )
        return html_response("microshop is running", content)


def _to_start(_request: Request) -> Response:
    return RedirectResponse("/_local/", 302)


def _unavailable(_request: Request, problem: Exception) -> Response:
    return html_response("Not available", f"<p>{html.escape(str(problem))}.</p>", status=503)
