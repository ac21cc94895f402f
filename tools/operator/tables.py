"""Puts what commands tell into columns and lines that fit a terminal of 110."""

import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

WIDTH = 110


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    """Lines of columns as wide as what is in them; numbers stand to the right."""
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
    """A paragraph under a line."""
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent)


def age(moment: str, now: datetime | None = None) -> str:
    """How long ago an ISO 8601 time was, such as `3 h 20 min`."""
    passed = (now or datetime.now(UTC)) - datetime.fromisoformat(moment)
    minutes = max(int(passed / timedelta(minutes=1)), 0)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def moment(time: str) -> str:
    """An ISO 8601 time for people, to the minute."""
    return f"{datetime.fromisoformat(time).astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 message`, `2 messages`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
