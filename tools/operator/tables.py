"""Formats the output of commands for a terminal of 110 columns."""

import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

WIDTH = 110


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    """Yields the lines of a table. Columns are as wide as their content; numbers are aligned to the right."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(head, *texts, strict=True)]
    numeric = [bool(rows) and all(isinstance(row[place], int) for row in rows) for place in range(len(head))]
    for line in (head, *texts):
        cells = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        )
        yield "  ".join(cells).rstrip()


def indented(text: str, indent: str = "    ") -> str:
    """Returns a wrapped, indented paragraph."""
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent)


def age(moment: str, now: datetime | None = None) -> str:
    """Returns the time since an ISO 8601 time, such as `3 h 20 min`."""
    elapsed = (now or datetime.now(UTC)) - datetime.fromisoformat(moment)
    minutes = max(int(elapsed / timedelta(minutes=1)), 0)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def moment(time: str) -> str:
    """Returns an ISO 8601 time to the minute, such as `2026-11-24 10:00 UTC`."""
    return f"{datetime.fromisoformat(time).astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def count_of(number: int, one: str, many: str = "") -> str:
    """Returns a number with its noun: `1 message`, `2 messages`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
