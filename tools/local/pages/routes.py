"""The pages under /_local, and the way from / to them.

They show passwords of the demo, mails and requests, so they answer only to this machine's own names. A site whose name
was made to point at this machine (DNS rebinding) sends its own name as the host.
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

from tools.local.pages.answers import page
from tools.local.pages.events import EventPages
from tools.local.pages.mails import MailPages
from tools.local.pages.requests import RequestPages
from tools.local.pages.start import start_content
from tools.problems import LocalProblem

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Scope

    from tools.local.pages.state import Servers
    from tools.local.recent.activity import Activity

_ITSELF = ["127.0.0.1", "localhost"]


class _OfBrowsers(Route):
    """A page for clients that name HTML. Any other request goes on to the API, as to an unknown path."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, found = super().matches(scope)
        is_of_a_browser = match is Match.FULL and "text/html" in Headers(scope=scope).get("accept", "")
        return (match, found) if is_of_a_browser else (Match.NONE, {})


@dataclass(frozen=True)
class Pages:
    """The pages of one running stack."""

    servers: Servers
    stripe_url: str | None
    is_real_stripe: bool
    activity: Activity

    def routes(self) -> list[BaseRoute]:
        """What the local gateway serves beside the API."""
        pages = Starlette(
            routes=[
                Route("/", self._start),
                *MailPages(self.servers.aws_endpoint_url).routes(),
                *RequestPages(self.activity).routes(),
                *EventPages(self.activity).routes(),
            ],
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=_ITSELF, www_redirect=False)],
            exception_handlers={LocalProblem: _unavailable},
        )
        return [_OfBrowsers("/", _to_start), Mount("/_local", pages)]

    async def _start(self, request: Request) -> Response:
        url = str(request.base_url).rstrip("/").removesuffix("/_local")
        content = start_content(await self.servers.state(), url, self.stripe_url, is_real_stripe=self.is_real_stripe)
        return page("microshop runs", content)


def _to_start(_request: Request) -> Response:
    return RedirectResponse("/_local/", 302)


def _unavailable(_request: Request, problem: Exception) -> Response:
    return page("Not available", f"<p>{html.escape(str(problem))}.</p>", status=503)
