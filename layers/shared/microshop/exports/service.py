"""The use case of exports: rows, page by page, become a file."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import uuid4

from microshop.exports.csv_file import BYTE_ORDER_MARK, to_csv
from microshop.exports.period import Mark, Period, Progress, encode_cursor
from microshop.exports.tables import Row, cells_of, header_of

MAX_ROWS = 250_000

_PAGE_SIZE = 1000
# API Gateway waits 29 s. What is left is for a page that takes its time, and for the end of the upload.
_SECONDS = 20


@dataclass(frozen=True)
class Export:
    """What was written, and the cursor of the file that follows or None after the last."""

    rows: int
    next_cursor: str | None


class Rows(Protocol):
    """Where the rows come from."""

    def page(self, period: Period, progress: Progress, limit: int) -> Sequence[Row]: ...


class File(Protocol):
    """Where they go; see exports/upload.py."""

    def write(self, data: bytes) -> None: ...

    def finish(self) -> None: ...


def new_key(period: Period, number: int, now: datetime) -> str:
    """Where in the bucket the file goes: by month, so that people find it, and under a name that cannot be guessed."""
    name = f"{period.kind}-{period.first}-{period.last}-{number}.csv"
    return f"exports/{now:%Y/%m}/{uuid4()}/{name}"


def write_export(
    period: Period,
    progress: Progress,
    rows: Rows,
    file: AbstractContextManager[File],
    clock: Callable[[], float] = time.monotonic,
) -> Export:
    """Write one file, with its header: as many rows as there is time for, and no row of another file.

    Rows that are written meanwhile neither repeat nor hide others.
    """
    stop_at, written = clock() + _SECONDS, 0
    with file as opened:
        opened.write(BYTE_ORDER_MARK + to_csv([header_of(period.kind)]))
        while True:
            found = rows.page(period, progress, _PAGE_SIZE + 1)  # one more tells whether another page follows
            page = found[:_PAGE_SIZE]
            opened.write(to_csv(cells_of(period.kind, row) for row in page))
            written += len(page)
            if len(found) <= _PAGE_SIZE:
                opened.finish()
                return Export(written, None)
            progress = replace(progress, after=Mark(page[-1]["created_at"], page[-1]["id"]))
            if written >= MAX_ROWS or clock() >= stop_at:
                opened.finish()
                return Export(written, encode_cursor(period, replace(progress, number=progress.number + 1)))
