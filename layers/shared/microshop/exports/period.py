"""The days that an export is about, and how far in them its files have come."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from microshop import cursors

type Kind = Literal["orders", "payments"]

MAX_DAYS = 366
# What was written a minute ago can be read by now: a transaction lives a few seconds, and clocks differ by less.
_SETTLED_AFTER = timedelta(minutes=1)


@dataclass(frozen=True)
class Period:
    """Days in UTC, the first and the last one included, and what of them is exported."""

    kind: Kind
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many they are; less than one where the last comes before the first."""
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        """The first moment."""
        return datetime.combine(self.first, time.min, UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last, time.min, UTC) + timedelta(days=1)


@dataclass(frozen=True)
class Mark:
    """Where a row stands: rows are in order of time, and those of one moment in order of id."""

    at: datetime
    id: int


@dataclass(frozen=True)
class Progress:
    """Which file of an export is written, after which row it begins, and up to when (not included) rows are in it."""

    number: int
    after: Mark
    until: datetime


def begin(period: Period, now: datetime) -> Progress:
    """The first file. Of a day that is not over, it holds what was a minute ago: later rows may still be under way."""
    return Progress(1, Mark(period.start, 0), min(period.end, now - _SETTLED_AFTER))


def encode_cursor(period: Period, progress: Progress) -> str:
    """A cursor for the file that `progress` is about."""
    after = progress.after
    return cursors.encode(
        [progress.number, after.at.isoformat(), after.id, progress.until.isoformat()], _scope_of(period)
    )


def decode_cursor(cursor: str, period: Period) -> Progress:
    """The file to go on with.

    Raises:
        ValueError: the cursor was not made for these days.
    """
    match cursors.decode(cursor, _scope_of(period)):
        case [number, str(at), last_id, str(until)] if cursors.is_id(number) and cursors.is_id(last_id):
            return Progress(number, Mark(_moment(at), last_id), min(period.end, _moment(until)))
    raise ValueError(cursors.INVALID_CURSOR)


def _scope_of(period: Period) -> object:
    return "export", period


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(cursors.INVALID_CURSOR) from None
    if found.tzinfo is None:
        raise ValueError(cursors.INVALID_CURSOR)
    return found
