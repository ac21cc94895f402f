"""The pages under /_local, and the way from / to them.

They show passwords of the demo, mails and requests, so they answer only to this machine's own names. A site whose name
was made to point at this machine (DNS rebinding) sends its own name as the host.
"""

from __future__ import annotations

import html
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route

from tools.demo.data import ADMIN_EMAIL, ADMIN_PASSWORD, CUSTOMER_EMAIL, CUSTOMER_PASSWORD
from tools.local.pages.answers import HEADERS, as_json, link, page, table
from tools.local.pages.events import EventPages
from tools.local.pages.mails import SentMail, sent_mails
from tools.local.pages.requests import RequestPages
from tools.problems import LocalProblem

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Scope

    from tools.local.recent.activity import Activity

_ITSELF = ["127.0.0.1", "localhost"]
# A mail's HTML runs no script and loads nothing. Its links open pages that are not held to that.
_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
_POLICY_OF_A_MAIL = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    f"sandbox {_SANDBOX}"
)
# Before the mail's own elements, because the first `base` with a target counts; a second doctype does not.
_LINKS_OPEN_TABS = '<!doctype html><base target="_blank">'
_START = """<table>
<tr><th scope="row">API</th><td><code>{url}/api/v1</code></td></tr>
<tr><th scope="row">Try it</th><td><a href="/docs">/docs</a>, <a href="/openapi.json">openapi.json</a></td></tr>
<tr><th scope="row">Mails</th><td><a href="/_local/mails">every mail that the shop has sent</a></td></tr>
<tr><th scope="row">Requests</th><td><a href="/_local/requests">the latest requests, with their log</a></td></tr>
<tr><th scope="row">Events</th><td><a href="/_local/events">the latest events that consumers have received</a></td></tr>
<tr><th scope="row">Errors</th><td><a href="/docs/errors">what each error means</a></td></tr>
<tr><th scope="row">Payments</th><td>{payments}</td></tr>
</table>
<h2>Accounts</h2>
<table>
<tr><th scope="col">Role</th><th scope="col">Mail address</th><th scope="col">Password</th></tr>
<tr><td>admin</td><td><code>{admin}</code></td><td><code>{admin_password}</code></td></tr>
<tr><td>customer</td><td><code>{customer}</code></td><td><code>{customer_password}</code></td></tr>
</table>
<h2>First requests</h2>
<pre><code>curl '{url}/api/v1/products?q=coffee&amp;limit=3'
curl {url}/api/v1/users/login -H 'Content-Type: application/json' \\
     -d '{{"email": "{customer}", "password": "{customer_password}"}}'</code></pre>
<h2>Commands</h2>
<table>
<tr><td><code>make help</code></td><td>lists all commands</td></tr>
<tr><td><code>make mails</code></td><td>lists the mails in a terminal</td></tr>
<tr><td><code>make reconcile</code></td><td>compares stock, orders, events and payments</td></tr>
<tr><td><code>make dead-letters</code></td><td>lists events that consumers could not handle</td></tr>
<tr><td><code>make reset</code></td><td>deletes the local data</td></tr>
</table>"""


class _OfBrowsers(Route):
    """A page for clients that name HTML. Any other request goes on to the API, as to an unknown path."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, found = super().matches(scope)
        is_of_a_browser = match is Match.FULL and "text/html" in Headers(scope=scope).get("accept", "")
        return (match, found) if is_of_a_browser else (Match.NONE, {})


@dataclass(frozen=True)
class Pages:
    """The pages of one running stack."""

    aws_endpoint_url: str
    stripe_url: str | None
    activity: Activity

    def routes(self) -> list[BaseRoute]:
        """What the local gateway serves beside the API."""
        pages = Starlette(
            routes=[
                Route("/", self._start),
                Route("/mails", self._mails),
                Route("/mails.json", self._mails_as_json),
                Route("/mails/{number:int}", self._mail),
                Route("/mails/{number:int}/html", self._html_of_mail),
                *RequestPages(self.activity).routes(),
                *EventPages(self.activity).routes(),
            ],
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=_ITSELF, www_redirect=False)],
            exception_handlers={LocalProblem: _unavailable},
        )
        return [_OfBrowsers("/", _to_start), Mount("/_local", pages)]

    def _start(self, request: Request) -> Response:
        filled_in = _START.format(
            url=html.escape(str(request.base_url).rstrip("/").removesuffix("/_local")),
            payments=f"<code>{html.escape(self.stripe_url)}</code>, in place of Stripe" if self.stripe_url else "none",
            admin=ADMIN_EMAIL,
            admin_password=ADMIN_PASSWORD,
            customer=CUSTOMER_EMAIL,
            customer_password=CUSTOMER_PASSWORD,
        )
        return page("microshop runs", filled_in)

    def _mails(self, _request: Request) -> Response:
        rows = [
            (html.escape(mail.at), html.escape(mail.to), link(f"/_local/mails/{mail.number}", mail.subject))
            for mail in sent_mails(self.aws_endpoint_url)
        ]
        listed = table(("Sent", "To", "Subject"), rows) if rows else "<p>The shop has sent no mail yet.</p>"
        kept = '<p>Also <a href="/_local/mails.json">as JSON</a>. The list is empty again when the stack stops.</p>'
        return page("Mails", f"{listed}\n{kept}")

    def _mails_as_json(self, _request: Request) -> Response:
        return as_json([asdict(mail) for mail in sent_mails(self.aws_endpoint_url)])

    def _mail(self, request: Request) -> Response:
        mail = self._asked(request)
        if mail is None:
            return page("No such mail", "<p>The list of mails is empty again when the stack stops.</p>", status=404)
        return page(mail.subject, _mail_content(mail))

    def _html_of_mail(self, request: Request) -> Response:
        mail = self._asked(request)
        if mail is None:
            return Response(status_code=404, headers=HEADERS)
        headers = {**HEADERS, "Content-Security-Policy": _POLICY_OF_A_MAIL}
        return Response(_LINKS_OPEN_TABS + mail.html, media_type="text/html", headers=headers)

    def _asked(self, request: Request) -> SentMail | None:
        number = request.path_params["number"]
        return next((mail for mail in sent_mails(self.aws_endpoint_url) if mail.number == number), None)


def _mail_content(mail: SentMail) -> str:
    sent = f", sent {html.escape(mail.at)}" if mail.at else ""
    parts = [f"<p>To {html.escape(mail.to)}{sent}</p>"]
    if mail.html:
        frame = f'<iframe title="HTML" sandbox="{_SANDBOX}" src="/_local/mails/{mail.number}/html"></iframe>'
        parts += ["<h2>HTML</h2>", frame]
    if mail.text:
        parts += ["<h2>Text</h2>", f"<pre><code>{html.escape(mail.text)}</code></pre>"]
    return "\n".join(parts)


def _to_start(_request: Request) -> Response:
    return RedirectResponse("/_local/", 302)


def _unavailable(_request: Request, problem: Exception) -> Response:
    return page("Not available", f"<p>{html.escape(str(problem))}.</p>", status=503)
