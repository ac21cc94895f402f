"""The layout of all local pages: head, navigation and content."""

from __future__ import annotations

import html
from pathlib import Path

FILES = Path(__file__).parent / "files"  # served under /docs/files
# Text and address of the navigation links.
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
    <link rel="stylesheet" href="/docs/files/layout.css">
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


def render_page(title: str, content: str, *, head: str = _TEXT) -> str:
    """Returns the page as HTML. The title is text; `content` and `head` are HTML."""
    links = " ".join(f'<a href="{address}">{html.escape(text)}</a>' for text, address in LINKS)
    return _PAGE.format(title=html.escape(title), head=head, links=links, content=content)
