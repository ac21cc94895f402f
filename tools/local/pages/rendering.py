"""Renders the responses of the pages under /_local: HTML pages, tables and JSON."""

from __future__ import annotations

import html
import json
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.responses import Response

from tools.local.page_layout import render_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def html_response(title: str, content: str, *, status: int = 200) -> Response:
    """Returns an HTML page. The title is text, the content is HTML."""
    text = render_page(title, f"<h1>{html.escape(title)}</h1>\n{content}")
    encoded = text.encode(errors="replace")  # a function may log an unpaired surrogate
    return Response(encoded, status, media_type="text/html", headers=HEADERS)


def json_response(content: object, *, status: int = 200) -> Response:
    """Returns the content as JSON, with times in RFC 3339."""
    text = json.dumps(content, default=_as_text)
    return Response(text, status, media_type="application/json", headers=HEADERS)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns an HTML table. The names of the columns are text, the cells are HTML."""
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in columns)
    body = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<table class="stacked">\n<tr>{head}</tr>\n{body}\n</table>'


def key_value_table(rows: Iterable[tuple[str, str]]) -> str:
    """Returns an HTML table of names, which are text, and values, which are HTML."""
    body = "\n".join(f'<tr><th scope="row">{html.escape(name)}</th><td>{cell}</td></tr>' for name, cell in rows)
    return f'<table class="stacked">\n{body}\n</table>'


def link(address: str, text: str) -> str:
    """Returns a link. Both arguments are text."""
    return f'<a href="{html.escape(address)}">{html.escape(text)}</a>'


def identifier(text: str) -> str:
    """Returns an id, which may be long, as HTML."""
    return f'<code class="wrapped">{html.escape(text)}</code>'


def time_of_day(moment: datetime) -> str:
    """Returns the local time, as in the log in the terminal."""
    return f'<time datetime="{moment.isoformat()}">{moment.astimezone():%H:%M:%S}</time>'


def date_and_time(moment: datetime) -> str:
    """Returns the local date and time."""
    return f'<time datetime="{moment.isoformat()}">{moment.astimezone():%Y-%m-%d %H:%M:%S}</time>'


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
