"""Sections of hand-written files that a command writes, between two marker lines."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Comments of YAML or of Markdown: `# written from <source>: <part>` and `# end: <part>`.
_PART = re.compile(
    r"^(?P<begin>(?P<indent> *)(?:#|<!--) written from (?P<source>\S+): (?P<part>[\w -]+?)(?: -->)?)\n"
    r".*?"
    r"^(?P<end> *(?:#|<!--) end: (?P=part)(?: -->)?)$",
    re.MULTILINE | re.DOTALL,
)


def with_section(text: str, begin: str, end: str, content: str) -> str:
    """Replace what stands between the marker lines `begin` and `end`.

    Raises:
        ValueError: a marker is missing.
    """
    before, found, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"the markers {begin.strip()!r} and {end.strip()!r} do not both stand in the file")
    return before + begin + content + end + after


def with_parts(text: str, source: str, parts: Mapping[str, str]) -> str:
    """Replace the parts of a file that are written from `source`: several sections, indented like their markers.

    Args:
        text: the file as it is.
        source: the table that the parts are written from, as the markers name it.
        parts: the text of each part; it gets its marker's indentation.

    Raises:
        ValueError: the file does not mark each of the parts once, or marks another.
    """
    marked = [match["part"] for match in _PART.finditer(text) if match["source"] == source]
    if sorted(marked) != sorted(parts):
        raise ValueError(f"marked as written from {source}: {sorted(marked)}; to be written: {sorted(parts)}")

    def anew(match: re.Match[str]) -> str:
        if match["source"] != source:
            return match[0]
        body = textwrap.indent(parts[match["part"]].strip("\n"), match["indent"])
        return f"{match['begin']}\n{body}\n{match['end']}"

    return _PART.sub(anew, text)
