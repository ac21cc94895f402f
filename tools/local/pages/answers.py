"""What the pages under /_local have in common: their frame and headers, tables, and JSON."""

from __future__ import annotations

import html
import json
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.responses import Response

from tools.local.frame import framed

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


def page(title: str, content: str, *, status: int = 200) -> Response:
    """An HTML page. The title is text, the content is HTML."""
    text = framed(title, f"<h1>{html.escape(title)}</h1>\n{content}")
    encoded = text.encode(errors="replace")  # a function may log half of a surrogate pair
    return Response(encoded, status, media_type="text/html", headers=HEADERS)


def as_json(content: object, *, status: int = 200) -> Response:
    """The content for scripts; times are RFC 3339."""
    text = json.dumps(content, default=_as_text)
    return Response(text, status, media_type="application/json", headers=HEADERS)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """An HTML table. The columns' names are text, the cells are HTML."""
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in columns)
    body = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<table class="stacked">\n<tr>{head}</tr>\n{body}\n</table>'


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """An HTML table of names, which are text, and what they are, which is HTML."""
    body = "\n".join(f'<tr><th scope="row">{html.escape(name)}</th><td>{cell}</td></tr>' for name, cell in rows)
    return f'<table class="stacked">\n{body}\n</table>'


def link(address: str, text: str) -> str:
    """A link; both are text."""
    return f'<a href="{html.escape(address)}">{html.escape(text)}</a>'


def identifier(text: str) -> str:
    """An id, which may be long, as HTML."""
    return f'<code class="wrapped">{html.escape(text)}</code>'


def time_of_day(moment: datetime) -> str:
    """The time on this machine's clock, as the log in the terminal has it."""
    return f'<time datetime="{moment.isoformat()}">{moment.astimezone():%H:%M:%S}</time>'


def date_and_time(moment: datetime) -> str:
    """The date and the time on this machine's clock."""
    return f'<time datetime="{moment.isoformat()}">{moment.astimezone():%Y-%m-%d %H:%M:%S}</time>'


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
