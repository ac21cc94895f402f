"""Parses EventBridge's rate(), cron() and at(), and computes when a schedule fires next."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tools.templates.model import TemplateError

_RATE = re.compile(r"rate\(\s*(\d+)\s+(minute|hour|day)s?\s*\)")
_CRON = re.compile(r"cron\((.+)\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_MONTHS = {
    name: str(number) for number, name in enumerate("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(), 1)
}
_DAYS = {name: str(number) for number, name in enumerate("SUN MON TUE WED THU FRI SAT".split(), 1)}
_HORIZON = 366 * 9  # days to search: 29 February may be eight years away


@dataclass(frozen=True, slots=True)
class Rate:
    """A fixed interval. In the local stack, the first run is immediate."""

    interval: timedelta


@dataclass(frozen=True, slots=True)
class At:
    """A single time."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class Cron:
    """Minutes, hours, days of the month, months, days of the week (1 is Sunday) and years, in a time zone."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: str
    months: frozenset[int]
    weekdays: str
    years: frozenset[int]
    zone: ZoneInfo

    def after(self, moment: datetime) -> datetime | None:
        """Returns the next time after the moment, or None."""
        local = moment.astimezone(self.zone).replace(second=0, microsecond=0) + timedelta(minutes=1)
        for offset in range(_HORIZON):
            day = (local + timedelta(days=offset)).date()
            if (
                day.year not in self.years
                or day.month not in self.months
                or not self._has_day(day.year, day.month, day.day)
            ):
                continue
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    candidate = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
                    if candidate >= local:
                        return candidate.astimezone(UTC)
        return None

    def _has_day(self, year: int, month: int, day: int) -> bool:
        last = calendar.monthrange(year, month)[1]
        weekday = (calendar.weekday(year, month, day) + 1) % 7 + 1  # Sunday is 1
        if self.days != "?":
            return any(_is_day(part, year, month, day, last) for part in self.days.split(","))
        return any(_is_weekday(part, weekday, day, last) for part in self.weekdays.split(","))


def parse(expression: str, timezone: str = "UTC") -> Rate | Cron | At:
    """Returns the schedule of an expression.

    Raises:
        TemplateError: EventBridge would not accept the expression.
    """
    if match := _RATE.fullmatch(expression.strip()):
        return Rate(timedelta(**{f"{match[2]}s": int(match[1])}))
    if match := _AT.fullmatch(expression.strip()):
        return At(datetime.fromisoformat(match[1]).replace(tzinfo=ZoneInfo(timezone)))
    match = _CRON.fullmatch(expression.strip())
    fields = match[1].split() if match else []
    if len(fields) != 6 or (fields[2] == "?") == (fields[4] == "?"):
        raise TemplateError(f"The schedule {expression} must be rate(), at() or cron() with six fields, one of them ?.")
    try:
        return Cron(
            minutes=_numbers(fields[0], 0, 59),
            hours=_numbers(fields[1], 0, 23),
            days=fields[2],
            months=_numbers(_named(fields[3], _MONTHS), 1, 12),
            weekdays=_named(fields[4], _DAYS),
            years=_numbers(fields[5], 1970, 2199),
            zone=ZoneInfo(timezone),
        )
    except ValueError as error:
        raise TemplateError(f"The schedule {expression} cannot be read: {error}.") from error


def _named(field: str, names: dict[str, str]) -> str:
    return re.sub("[A-Za-z]{3}", lambda match: names.get(match[0].upper(), match[0]), field)


def _numbers(field: str, low: int, high: int) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start = low if first == "*" else int(first)
        end = high if first == "*" or (step and not last) else int(last or first)
        if not low <= start <= end <= high:
            raise ValueError(f"{part} is not within {low} to {high}")
        found |= set(range(start, end + 1, int(step or 1)))
    return frozenset(found)


def _is_day(part: str, year: int, month: int, day: int, last: int) -> bool:
    if part == "L":
        return day == last
    if part.endswith("W"):
        return day == _nearest_weekday(year, month, last if part == "LW" else int(part[:-1]), last)
    return day in _numbers(part, 1, 31)


def _nearest_weekday(year: int, month: int, day: int, last: int) -> int:
    weekday = calendar.weekday(year, month, min(day, last))
    if weekday == calendar.SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == calendar.SUNDAY:
        return day + 1 if day < last else day - 2
    return day


def _is_weekday(part: str, weekday: int, day: int, last: int) -> bool:
    if part == "L":
        return weekday == 7
    if part.endswith("L"):
        return weekday == int(part[:-1]) and day > last - 7
    if "#" in part:
        wanted, _, which = part.partition("#")
        return weekday == int(wanted) and (day - 1) // 7 + 1 == int(which)
    return weekday in _numbers(part, 1, 7)
