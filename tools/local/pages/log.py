"""Log lines of functions on a page."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.local.recent.records import Line

_ERRORS = {"ERROR", "CRITICAL"}


def errors_in(lines: Sequence[Line]) -> list[Line]:
    """The lines that say what failed."""
    return [line for line in lines if line.level in _ERRORS]


def log(lines: Sequence[Line], *, tracebacks: bool = True) -> str:
    """The lines as HTML."""
    if not lines:
        return "<p>The functions logged nothing, or their lines have made room for newer ones.</p>"
    text = "\n".join(_text(line, with_traceback=tracebacks) for line in lines)
    return f'<pre class="log"><code>{html.escape(text)}</code></pre>'


def _text(line: Line, *, with_traceback: bool) -> str:
    said = f"{line.at.astimezone():%H:%M:%S} {line.function} {line.level} {line.message}"
    return f"{said}\n{line.traceback}" if line.traceback and with_traceback else said
