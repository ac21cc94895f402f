"""The period of an export, and the cursors from one file to the next."""

import base64
import hashlib
import json
from copy import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshop.exports.period import Period, Progress, RowPosition, decode_cursor, encode_cursor, initial_progress
from tests.support.table_rows import not_refused

_OCTOBER = Period("orders", date(2026, 10, 1), date(2026, 10, 31), UTC)
_END = datetime(2026, 11, 1, tzinfo=UTC)
_MARK = RowPosition(datetime(2026, 10, 3, 4, 5, 6, 789, tzinfo=UTC), 4097)
_NOT_OURS = "is not a cursor of this list"


def test_period_includes_both_of_its_days() -> None:
    assert (_OCTOBER.start, _OCTOBER.end, _OCTOBER.days) == (datetime(2026, 10, 1, tzinfo=UTC), _END, 31)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Asia/Kolkata", date(2026, 10, 25), 24),
    ],
)
def test_day_has_the_hours_of_the_shops_clock(zone: str, day: date, hours: float) -> None:
    period = Period("payments", day, day, ZoneInfo(zone))

    assert period.start.astimezone(period.zone).date() == day
    assert period.end - period.start == timedelta(hours=hours)


def test_past_days_are_exported_completely() -> None:
    assert initial_progress(_OCTOBER, _END + timedelta(hours=9)) == Progress(1, RowPosition(_OCTOBER.start, 0), _END)


@pytest.mark.parametrize("now", [datetime(2026, 10, 15, 12, tzinfo=UTC), _END, _END + timedelta(seconds=30)])
def test_last_minute_is_left_for_a_later_export(now: datetime) -> None:
    assert initial_progress(_OCTOBER, now).until == now - timedelta(minutes=1)


@given(
    st.integers(1, 10**6),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - with zone
    st.integers(1, 2**63 - 1),
    st.timedeltas(timedelta(), timedelta(days=400)),
)
def test_cursor_decodes_to_its_file(number: int, at: datetime, last_id: int, before_end: timedelta) -> None:
    progress = Progress(number, RowPosition(at, last_id), _END - before_end)

    assert decode_cursor(encode_cursor(_OCTOBER, progress), _OCTOBER) == progress


def test_cursor_is_refused_when_it_is_of_another_export() -> None:
    cursor = encode_cursor(_OCTOBER, Progress(2, _MARK, _END))
    others = [
        replace(_OCTOBER, kind="payments"),
        replace(_OCTOBER, first=date(2026, 9, 30)),
        replace(_OCTOBER, last=date(2026, 10, 30)),
        replace(_OCTOBER, zone=ZoneInfo("Europe/Berlin")),
    ]

    assert not_refused(lambda other: decode_cursor(cursor, other), others, _NOT_OURS) == []


def _forged(position: object) -> str:
    payload = json.dumps(position).encode()
    checksum = hashlib.blake2b(payload + repr(("export", _OCTOBER)).encode(), digest_size=8).digest()
    return base64.urlsafe_b64encode(checksum + payload).decode().rstrip("=")


_AT, _UNTIL = "2026-10-03T04:05:06+00:00", "2026-11-01T00:00:00+00:00"


def test_forged_cursor_is_refused_when_its_position_cannot_be() -> None:
    positions: list[object] = [
        [0, _AT, 7, _UNTIL],
        [2, _AT, 0, _UNTIL],
        [2, _AT, "7", _UNTIL],
        [2, "then", 7, _UNTIL],
        [2, _AT, 7, "2026-11-01T00:00:00"],
        [2, _AT, 7, None],
        [2, _AT, 7],
        [],
        None,
    ]

    assert decode_cursor(_forged([2, _AT, 7, _UNTIL]), _OCTOBER).number == 2
    assert not_refused(lambda position: decode_cursor(_forged(position), _OCTOBER), positions, _NOT_OURS) == []


def test_cursor_never_leads_beyond_its_days() -> None:
    assert decode_cursor(_forged([2, _AT, 7, "2031-01-01T00:00:00+00:00"]), _OCTOBER).until == _END
