"""Export files on fakes: rows, size and time limits, and the cursor of the next file."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import TracebackType
from typing import Self

import pytest

from microshop.errors import Unavailable
from microshop.exports import exporting
from microshop.exports.exporting import Export, new_key, write_export
from microshop.exports.period import Period, Progress, decode_cursor, initial_progress
from microshop.exports.tables import Row, cells_of, header_of
from tests.support.builders import NOON
from tests.support.table_rows import wrong_answers

_DAYS = Period("payments", date(2026, 1, 1), date(2026, 1, 31), UTC)
_LATER = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


def _movement(number: int, *, kind: str = "captured", amount: int = 1999, currency: str = "USD") -> Row:
    return {
        "id": number,
        "created_at": NOON + timedelta(seconds=number // 3),
        "kind": kind,
        "order_number": "MS-7F3K-9QXD",
        "order_id": 4097,
        "payment_id": 5,
        "attempt": 1,
        "provider": "stripe",
        "reference": f"pi_{number}",
        "amount_minor": amount,
        "currency": currency,
        "cause": None,
        "reason": None,
    }


class _Rows:
    """Sorted rows; reading page number `fail_at` fails."""

    def __init__(self, count: int, fail_at: int | None = None) -> None:
        self._rows = [_movement(number) for number in range(1, count + 1)]
        self._fail_at = fail_at
        self.asked: list[tuple[Progress, int]] = []

    def page(self, period: Period, progress: Progress, limit: int) -> list[Row]:
        assert period == _DAYS
        self.asked.append((progress, limit))
        if len(self.asked) == self._fail_at:
            raise Unavailable("database")
        after = progress.after
        left = [row for row in self._rows if (row["created_at"], row["id"]) > (after.at, after.id)]
        return left[:limit]


class _File:
    """A file in memory with its state."""

    def __init__(self) -> None:
        self.data = b""
        self.state = "new"

    def __enter__(self) -> Self:
        self.state = "open"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.state = self.state if self.state == "finished" else "gone"

    def write(self, data: bytes) -> None:
        assert self.state == "open"
        self.data += data

    def finish(self) -> None:
        assert self.state == "open"
        self.state = "finished"

    def lines(self) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.data.decode("utf-8-sig"), newline="")))

    def ids(self) -> list[int]:
        return [int(line[0]) for line in self.lines()[1:]]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_PAGE_SIZE", 10)
    monkeypatch.setattr(exporting, "MAX_ROWS", 30)


def _write(rows: _Rows, progress: Progress | None = None, *, seconds: float = 0) -> tuple[_File, Export]:
    """Write one file; the clock advances by `seconds` with each page."""
    file, ticks = _File(), iter(range(1000))
    made = write_export(_DAYS, progress or initial_progress(_DAYS, _LATER), rows, file, lambda: next(ticks) * seconds)
    return file, made


def _all_files(rows: _Rows, *, seconds: float = 0) -> Iterator[_File]:
    progress: Progress | None = None
    while True:
        file, made = _write(rows, progress, seconds=seconds)
        yield file
        if made.next_cursor is None:
            return
        progress = decode_cursor(made.next_cursor, _DAYS)


def test_rows_that_fit_become_one_file() -> None:
    for count in [0, 1, 9, 10, 11, 20, 30]:
        file, made = _write(_Rows(count))

        assert made == Export(count, None)
        assert (file.state, file.lines()[0], file.ids()) == (
            "finished",
            header_of("payments"),
            list(range(1, count + 1)),
        )


def test_file_begins_with_a_byte_order_mark_for_spreadsheets() -> None:
    file, _ = _write(_Rows(0))

    assert file.data.startswith(b'\xef\xbb\xbf"entry_id",')


@pytest.mark.parametrize(("count", "sizes"), [(31, [30, 1]), (60, [30, 30]), (65, [30, 30, 5])])
def test_rows_continue_in_further_files_with_a_header_each(count: int, sizes: list[int]) -> None:
    files = list(_all_files(_Rows(count)))

    assert [len(file.ids()) for file in files] == sizes
    assert {tuple(file.lines()[0]) for file in files} == {tuple(header_of("payments"))}
    assert [number for file in files for number in file.ids()] == list(range(1, count + 1))


def test_file_ends_before_its_function_times_out() -> None:
    files = list(_all_files(_Rows(45), seconds=15))

    assert [len(file.ids()) for file in files] == [20, 20, 5]
    assert [number for file in files for number in file.ids()] == list(range(1, 46))


def test_files_are_numbered_and_end_at_the_same_moment() -> None:
    now = datetime(2026, 1, 20, tzinfo=UTC)
    _, made = _write(_Rows(31), initial_progress(_DAYS, now))

    following = decode_cursor(made.next_cursor or "", _DAYS)

    assert (following.number, following.until) == (2, now - timedelta(minutes=1))


def test_rows_are_read_page_by_page_after_the_last_row() -> None:
    rows = _Rows(25)

    _write(rows)

    assert [(progress.after.id, limit) for progress, limit in rows.asked] == [(0, 11), (10, 11), (20, 11)]


def test_unfinished_file_is_removed() -> None:
    file = _File()

    with pytest.raises(Unavailable):
        write_export(_DAYS, initial_progress(_DAYS, _LATER), _Rows(25, fail_at=3), file)

    assert file.state == "gone"


def test_file_has_a_telling_name_in_an_unguessable_folder() -> None:
    keys = [new_key(_DAYS, 2, _LATER) for _ in range(2)]

    assert keys[0] != keys[1]
    for key in keys:
        folder, name = key.rsplit("/", 1)
        assert (folder[:15], len(folder), name) == ("exports/2026/02", 52, "payments-2026-01-01-2026-01-31-2.csv")


def test_amount_is_negative_when_money_is_refunded() -> None:
    rows = [
        ("captured", "USD", "19.99"),
        ("stray", "JPY", "1999"),
        ("mismatched", "KWD", "1.999"),
        ("refunded", "USD", "-19.99"),
        ("refunded", "JPY", "-1999"),
        ("refund_failed", "USD", "19.99"),
    ]

    def shown(kind: str, currency: str) -> tuple[object, object]:
        cells = dict(
            zip(header_of("payments"), cells_of(_DAYS, _movement(1, kind=kind, currency=currency)), strict=True)
        )
        return cells["amount"], cells["currency"]

    assert wrong_answers(shown, [(kind, code, (Decimal(amount), code)) for kind, code, amount in rows]) == []
