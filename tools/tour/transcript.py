"""Owns docs/tour.md: the tour as a document."""

from collections.abc import Iterable

_INTRODUCTION = """\
# The tour

What `make tour` prints, with sample ids, times and mail addresses. Answers are shortened to the fields that matter.
`make tour CURL=yes` prints each request as a curl command too.

This file is written by `make tour TRANSCRIPT=docs/tour.md`.
"""


class Transcript:
    """Collects the steps of a tour."""

    def __init__(self) -> None:
        self._chapters: list[tuple[str, list[str]]] = []

    def begin_chapter(self, title: str) -> None:
        """The steps that are added next belong to this chapter."""
        self._chapters.append((title, []))

    def add(self, lines: Iterable[str]) -> None:
        """Add a step."""
        self._chapters[-1][1].extend(lines)

    def text(self) -> str:
        """The whole document."""
        parts = [_INTRODUCTION]
        for title, lines in self._chapters:
            steps = "\n".join(lines).rstrip()
            parts.append(f"## {title}\n\n```text\n{steps}\n```\n")
        return "\n".join(parts)
