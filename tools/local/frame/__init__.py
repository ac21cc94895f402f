"""The frame of all local pages: head, navigation and main part."""

from __future__ import annotations

import html
from pathlib import Path

FILES = Path(__file__).parent / "files"  # served beside those of /docs
# Text and address of the links at the top of each page.
LINKS = (
    ("Start", "/_local/"),
    ("Mails", "/_local/mails"),
    ("Requests", "/_local/requests"),
    ("Events", "/_local/events"),
    ("Try the API", "/docs"),
    ("Quick start", "/docs/quick-start"),
    ("API guide", "/docs/api-guide"),
    ("Front end", "/docs/front-end"),
    ("Orders and payments", "/docs/order-states"),
    ("Errors", "/docs/errors"),
)
_TEXT = '<link rel="stylesheet" href="/docs/files/text.css">'
_PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{title} - microshop</title>
    <link rel="icon" href="/docs/assets/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/files/frame.css">
    {head}
  </head>
  <body>
    <nav>{links}</nav>
    <main>
{content}
    </main>
  </body>
</html>
"""


def framed(title: str, content: str, *, head: str = _TEXT) -> str:
    """The page as HTML. The title is text; the content and what else the head loads are HTML."""
    links = " ".join(f'<a href="{address}">{html.escape(text)}</a>' for text, address in LINKS)
    return _PAGE.format(title=html.escape(title), head=head, links=links, content=content)
