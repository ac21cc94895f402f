"""Renders log lines of functions."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.local.recent.records import LogLine

_ERRORS = {"ERROR", "CRITICAL"}


def errors_in(lines: Sequence[LogLine]) -> list[LogLine]:
    """Returns the lines of errors."""
    return [line for line in lines if line.level in _ERRORS]


def log(lines: Sequence[LogLine], *, tracebacks: bool = True) -> str:
    """Returns the lines as HTML."""
    if not lines:
        return "<p>The functions logged nothing, or newer lines have replaced theirs.</p>"
    text = "\n".join(_text(line, with_traceback=tracebacks) for line in lines)
    return f'<pre class="log"><code>{html.escape(text)}</code></pre>'


def _text(line: LogLine, *, with_traceback: bool) -> str:
    text = f"{line.at.astimezone():%H:%M:%S} {line.function} {line.level} {line.message}"
    return f"{text}\n{line.traceback}" if line.traceback and with_traceback else text
