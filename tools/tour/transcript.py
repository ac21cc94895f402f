"""Writes docs/tour.md."""

from collections.abc import Iterable

_INTRODUCTION = """\
# The tour

`make tour` prints these steps, with other ids, times and mail addresses. Responses show only the fields that matter.
`make tour CURL=yes` also prints each request as a curl command.

`make tour TRANSCRIPT=docs/tour.md` writes this page.
"""


class Transcript:
    """Collects the steps of a tour."""

    def __init__(self) -> None:
        self._chapters: list[tuple[str, list[str]]] = []

    def begin_chapter(self, title: str) -> None:
        """Begin a chapter; later steps belong to it."""
        self._chapters.append((title, []))

    def add(self, lines: Iterable[str]) -> None:
        """Add a step."""
        self._chapters[-1][1].extend(lines)

    def text(self) -> str:
        """Returns the whole document."""
        parts = [_INTRODUCTION]
        for title, lines in self._chapters:
            steps = "\n".join(lines).rstrip()
            parts.append(f"## {title}\n\n```text\n{steps}\n```\n")
        return "\n".join(parts)
