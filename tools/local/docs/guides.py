"""Renders the Markdown files of docs/ as pages: docs/errors.md is /docs/errors, and its headings are anchors."""

from __future__ import annotations

import functools
import itertools
import posixpath
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from markdown_it import MarkdownIt

from tools import ROOT
from tools.local.page_layout import render_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from markdown_it.token import Token

GUIDES = (ROOT / "docs").resolve()
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


def file_of(name: str) -> Path | None:
    """Returns the file of a guide such as `errors` or `decisions/0048-http-responses`, or None."""
    if "\0" in name:  # resolve() raises ValueError
        return None
    file = (GUIDES / f"{name}.md").resolve()
    return file if file.is_relative_to(GUIDES) and file.is_file() else None


def page_of(file: Path) -> str:
    """Returns the guide as an HTML page. HTML in the Markdown is escaped."""
    return _page(file, file.stat().st_mtime_ns)


@functools.lru_cache(maxsize=16)
def _page(file: Path, _changed_at: int) -> str:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(_COMMENT.sub("", file.read_text(encoding="utf-8")))
    title = next((_text(inline) for _, inline in _headings(tokens)), file.stem)
    for heading, inline in _headings(tokens):
        heading.attrSet("id", _anchor(_text(inline)))
    for token in tokens:
        _rewrite_links(token, file)
    content = markdown.renderer.render(tokens, markdown.options, {})
    return render_page(title, content)


def _headings(tokens: list[Token]) -> Iterator[tuple[Token, Token]]:
    for opening, inline in itertools.pairwise(tokens):
        if opening.type == "heading_open":
            yield opening, inline


def _text(inline: Token) -> str:
    return "".join(child.content for child in inline.children or [])


def _anchor(heading: str) -> str:
    """Returns the anchor that GitHub gives to a heading, so that links work on both."""
    return _NOT_IN_ANCHORS.sub("", heading.lower()).replace(" ", "-")


def _rewrite_links(token: Token, file: Path) -> None:
    """Rewrite links between guides to their pages. A link to another file of the repository becomes plain text."""
    is_removed = False
    for part in token.children or []:
        if part.type == "link_open":
            address = _address(str(part.attrs["href"]), file)
            is_removed = address is None
            part.attrs = {} if address is None else {"href": address}
        if part.type in ("link_open", "link_close") and is_removed:
            part.tag = "span"


def _address(href: str, file: Path) -> str | None:
    parts = urlsplit(href)
    if parts.scheme or not parts.path:
        return href
    path = posixpath.normpath(posixpath.join(file.parent.relative_to(GUIDES).as_posix(), parts.path))
    if path == "openapi.yaml":
        return "/docs"
    name = path.removesuffix(".md")
    if name == path or file_of(name) is None:
        return None
    return f"/docs/{name}" + (f"#{parts.fragment}" if parts.fragment else "")


NOT_FOUND = render_page("No such page", "<h1>No such page</h1>\n<p>There is no guide with this name.</p>")
