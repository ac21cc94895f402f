"""Writes an export to a file, page by page."""

from __future__ import annotations

import time
from copy import replace
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from microshop.days import day_of
from microshop.exports.csv_file import BYTE_ORDER_MARK, to_csv
from microshop.exports.period import Period, Progress, RowPosition, encode_cursor
from microshop.exports.tables import cells_of, header_of
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from microshop.exports.tables import Row

MAX_ROWS = 250_000

_PAGE_SIZE = 1000
# API Gateway waits 29 s. The rest of the time is for a slow page and for completing the upload.
_MAX_WRITE_SECONDS = 20


class Export(Value):
    """The number of written rows, and the cursor of the next file (None after the last)."""

    rows: int
    next_cursor: str | None


class Rows(Protocol):
    """Reads rows (queries.py); unit tests have a fake."""

    def page(self, period: Period, progress: Progress, limit: int) -> Sequence[Row]: ...


class File(Protocol):
    """Receives the file's bytes (upload.py); unit tests have a fake."""

    def write(self, data: bytes) -> None: ...

    def finish(self) -> None: ...


def new_key(period: Period, number: int, now: datetime) -> str:
    """Returns the file's key in the bucket. It contains the month, and a UUID so that nobody can guess the key."""
    name = f"{period.kind}-{period.first}-{period.last}-{number}.csv"
    return f"exports/{day_of(now, period.zone):%Y/%m}/{uuid4()}/{name}"


def write_export(
    period: Period,
    progress: Progress,
    rows: Rows,
    file: AbstractContextManager[File],
    clock: Callable[[], float] = time.monotonic,
) -> Export:
    """Write one file with its header and as many rows as time allows, starting after the last row of the previous file.

    Rows that are inserted meanwhile cause no other row to be repeated or skipped.
    """
    stop_at, written = clock() + _MAX_WRITE_SECONDS, 0
    with file as opened:
        opened.write(BYTE_ORDER_MARK + to_csv([header_of(period.kind)]))
        while True:
            batch = rows.page(period, progress, _PAGE_SIZE + 1)  # the additional row shows whether another page follows
            page = batch[:_PAGE_SIZE]
            opened.write(to_csv(cells_of(period, row) for row in page))
            written += len(page)
            if len(batch) <= _PAGE_SIZE:
                opened.finish()
                return Export(written, None)
            progress = replace(progress, after=RowPosition(page[-1]["created_at"], page[-1]["id"]))
            if written >= MAX_ROWS or clock() >= stop_at:
                opened.finish()
                return Export(written, encode_cursor(period, replace(progress, number=progress.number + 1)))
