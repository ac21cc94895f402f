"""Every moment belongs to exactly one day of the shop."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones, reset_tzpath

import pytest

from microshop.days import day_of, start_of

_A_MICROSECOND = timedelta(microseconds=1)
_TWO_YEARS = [date(2026, 1, 1) + timedelta(days=number) for number in range(731)]


def test_days_begin_where_the_previous_ones_end_in_every_zone() -> None:
    zones = [ZoneInfo(name) for name in available_timezones() if not name.startswith(("posix/", "right/"))]
    wrong = [
        (str(zone), day)
        for zone in zones
        for day in _TWO_YEARS
        if day_of(start_of(day, zone), zone) != day
        or day_of(start_of(day, zone) - _A_MICROSECOND, zone) != day - timedelta(days=1)
    ]

    assert len(zones) > 400
    assert wrong == []


def test_layer_has_time_zones_when_the_system_has_none() -> None:
    try:
        reset_tzpath(to=[])
        assert ZoneInfo.no_cache("Asia/Kolkata").key == "Asia/Kolkata"
    finally:
        reset_tzpath()


@pytest.mark.parametrize(
    ("zone", "day", "start"),
    [
        ("Asia/Kolkata", date(2026, 10, 1), datetime(2026, 9, 30, 18, 30, tzinfo=UTC)),
        ("Asia/Kathmandu", date(2026, 10, 1), datetime(2026, 9, 30, 18, 15, tzinfo=UTC)),
        ("Africa/Cairo", date(2026, 4, 24), datetime(2026, 4, 23, 22, tzinfo=UTC)),  # clocks leave midnight out
        ("America/Havana", date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC)),  # midnight comes twice
    ],
)
def test_day_begins_with_its_first_moment(zone: str, day: date, start: datetime) -> None:
    assert start_of(day, ZoneInfo(zone)) == start
