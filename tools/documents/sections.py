"""Replaces generated sections of files, which are between two marker lines."""

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
    """Returns the text with a new section between the marker lines `begin` and `end`.

    Raises:
        ValueError: a marker is missing.
    """
    before, found, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"the file must contain the markers {begin.strip()!r} and {end.strip()!r}")
    return before + begin + content + end + after


def with_parts(text: str, source: str, parts: Mapping[str, str]) -> str:
    """Returns the text with new sections for `source`, which are indented like their markers.

    Args:
        text: the current text of the file.
        source: the source of the sections, as in the markers.
        parts: the text of each section, without indentation.

    Raises:
        ValueError: the markers in the file are not those of the parts, each once.
    """
    marked = [match["part"] for match in _PART.finditer(text) if match["source"] == source]
    if sorted(marked) != sorted(parts):
        raise ValueError(f"sections in the file for {source}: {sorted(marked)}; generated sections: {sorted(parts)}")

    def replacement(match: re.Match[str]) -> str:
        if match["source"] != source:
            return match[0]
        body = textwrap.indent(parts[match["part"]].strip("\n"), match["indent"])
        return f"{match['begin']}\n{body}\n{match['end']}"

    return _PART.sub(replacement, text)
