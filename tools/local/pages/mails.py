"""/_local/mails: the latest mails that the shop has sent, as text and as HTML."""

from __future__ import annotations

import html
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from tools.local.pages.rendering import HEADERS, date_and_time, html_response, json_response, link, table
from tools.local.sent_mails import MAX_MAILS, SentMail, latest_mails, sent_mail

if TYPE_CHECKING:
    from starlette.requests import Request

_ADDRESS = "/_local/mails"
# The HTML of a mail may run no script and load nothing. The pages that its links open may.
_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    f"sandbox {_SANDBOX}"
)
# Precedes the HTML of the mail, because the first `base` with a target applies; a second doctype is ignored.
_LINKS_OPEN_TABS = '<!doctype html><base target="_blank">'
_UNTIL = "Mails are lost when the stack stops."


@dataclass(frozen=True)
class MailPages:
    """The pages about mails."""

    aws_endpoint_url: str

    def routes(self) -> list[BaseRoute]:
        """Returns the routes below /_local."""
        return [
            Route("/mails", self._list),
            Route("/mails.json", self._as_json),
            Route("/mails/{number:int}", self._shown),
            Route("/mails/{number:int}/html", self._html),
        ]

    def _list(self, _request: Request) -> Response:
        mails = latest_mails(self.aws_endpoint_url)
        rows = [(_time(mail), html.escape(mail.to), link(f"{_ADDRESS}/{mail.number}", mail.title)) for mail in mails]
        listed = table(("Sent", "To", "Subject"), rows) if rows else "<p>The shop has sent no mail yet.</p>"
        about = f"The latest {MAX_MAILS} mails are listed, also {link(f'{_ADDRESS}.json', 'as JSON')}. {_UNTIL}"
        return html_response("Mails", f"{listed}\n<p>{about}</p>")

    def _as_json(self, _request: Request) -> Response:
        return json_response([asdict(mail) for mail in latest_mails(self.aws_endpoint_url)])

    def _shown(self, request: Request) -> Response:
        mail = self._mail(request)
        return (
            html_response(mail.title, _content(mail))
            if mail
            else html_response("No such mail", f"<p>{_UNTIL}</p>", status=404)
        )

    def _html(self, request: Request) -> Response:
        mail = self._mail(request)
        if mail is None:
            return Response(status_code=404, headers=HEADERS)
        headers = {**HEADERS, "Content-Security-Policy": _POLICY}
        text = (_LINKS_OPEN_TABS + mail.html).encode(errors="replace")  # SES accepts an unpaired surrogate
        return Response(text, media_type="text/html", headers=headers)

    def _mail(self, request: Request) -> SentMail | None:
        return sent_mail(self.aws_endpoint_url, request.path_params["number"])


def _content(mail: SentMail) -> str:
    parts = [f"<p>To {html.escape(mail.to)}{', sent ' if mail.at else ''}{_time(mail)}</p>"]
    if mail.html:
        frame = f'<iframe title="HTML" sandbox="{_SANDBOX}" src="{_ADDRESS}/{mail.number}/html"></iframe>'
        parts += ["<h2>HTML</h2>", frame]
    if mail.text:
        parts += ["<h2>Text</h2>", f'<pre class="wrapped"><code>{html.escape(mail.text)}</code></pre>']
    return "\n".join(parts)


def _time(mail: SentMail) -> str:
    return date_and_time(datetime.fromisoformat(mail.at)) if mail.at else ""
