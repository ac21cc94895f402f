"""The period of an export, and the progress of its files."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal

from microshop import cursors
from microshop.days import start_of
from microshop.values import Value

type Kind = Literal["orders", "payments", "audit-log"]

MAX_DAYS = 366
# Rows older than a minute are committed: a transaction takes a few seconds at most, and clocks differ by less.
_SETTLED_AFTER = timedelta(minutes=1)


class Period(Value, hidden={"zone"}):
    """The kind of rows to export, and the first and last day, both included, in the shop's time zone."""

    kind: Kind
    first: date
    last: date
    zone: tzinfo  # the scope of cursors has the zone's name instead

    @property
    def days(self) -> int:
        """The number of days; less than one if the last day is before the first."""
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        """The first moment."""
        return start_of(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after the period."""
        return start_of(self.last + timedelta(days=1), self.zone)


class RowPosition(Value):
    """A row's position: rows are ordered by time, then by id."""

    at: datetime
    id: int


class Progress(Value):
    """The number of the next file and the last row of the previous one. Rows created from `until` on do not count."""

    number: int
    after: RowPosition
    until: datetime


def initial_progress(period: Period, now: datetime) -> Progress:
    """Returns the progress before the first file. It excludes the last minute, whose rows may not be committed yet."""
    return Progress(1, RowPosition(period.start, 0), min(period.end, now - _SETTLED_AFTER))


def encode_cursor(period: Period, progress: Progress) -> str:
    """Returns the cursor of the next file."""
    after = progress.after
    return cursors.encode(
        [progress.number, after.at.isoformat(), after.id, progress.until.isoformat()], _scope_of(period)
    )


def decode_cursor(cursor: str, period: Period) -> Progress:
    """Returns the progress in a cursor.

    Raises:
        ValueError: the cursor was made for another period.
    """
    match cursors.decode(cursor, _scope_of(period)):
        case [number, str(at), last_id, str(until)] if cursors.is_id(number) and cursors.is_id(last_id):
            return Progress(number, RowPosition(_moment(at), last_id), min(period.end, _moment(until)))
    raise ValueError(cursors.INVALID_CURSOR)


def _scope_of(period: Period) -> object:
    # The zone belongs to the scope, because it changes the moments at which days begin. For UTC the scope is that of
    # earlier releases, so their cursors stay valid.
    return ("export", period) if period.zone is UTC else ("export", period, str(period.zone))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(cursors.INVALID_CURSOR) from None
    if moment.tzinfo is None:
        raise ValueError(cursors.INVALID_CURSOR)
    return moment
