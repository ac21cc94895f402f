"""Times in requests."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from microshop.times import parse_time
from tests.support.table_rows import not_refused, wrong_answers

_ZONES = st.builds(
    timezone,
    st.timedeltas(timedelta(hours=-14), timedelta(hours=14)).map(
        lambda offset: timedelta(minutes=offset // timedelta(minutes=1))
    ),
)


def test_time_with_a_zone_is_read_as_a_moment_in_utc() -> None:
    rows = [
        ("2026-01-31T09:30:00Z", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        ("2026-01-31t09:30:00z", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        ("2026-01-31T09:30:00+08:00", datetime(2026, 1, 31, 1, 30, tzinfo=UTC)),
        ("2026-01-31T09:30:00-00:30", datetime(2026, 1, 31, 10, 0, tzinfo=UTC)),
        ("2026-01-31T09:30:00.5Z", datetime(2026, 1, 31, 9, 30, 0, 500_000, tzinfo=UTC)),
        ("2026-01-31T09:30:00.123456Z", datetime(2026, 1, 31, 9, 30, 0, 123_456, tzinfo=UTC)),
        ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ]

    assert wrong_answers(parse_time, rows) == []
    assert {parse_time(text).tzinfo for text, _ in rows} == {UTC}


@given(st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=_ZONES))  # noqa: DTZ001 - Hypothesis adds the zone
def test_written_time_is_read_back(moment: datetime) -> None:
    assert parse_time(moment.isoformat()) == moment


def test_time_is_refused_when_it_has_another_form() -> None:
    texts = [
        "",
        "now",
        "2026-01-31",
        "2026-01-31T09:30:00",
        "2026-01-31 09:30:00Z",
        "2026-01-31T09:30Z",
        "2026-01-31T09:30:00 08:00",
        "2026-01-31T09:30:00+0800",
        "2026-01-31T09:30:00+08",
        "2026-01-31T09:30:00.Z",
        "2026-01-31T09:30:00.1234567Z",
        "2026-1-31T09:30:00Z",
        "+2026-01-31T09:30:00Z",
        "٢٠٢٦-01-31T09:30:00Z",
        "2026-01-31T09:30:00Z\n",
        "1767225600",
        "2026-W05-6T09:30:00Z",
    ]

    assert not_refused(parse_time, texts, "must be a time with a zone") == []


def test_time_is_refused_when_no_calendar_has_it() -> None:
    texts = [
        "2026-02-30T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T09:60:00Z",
        "2026-01-31T23:59:60Z",
        "0000-01-01T00:00:00Z",
        "2026-01-31T09:30:00+24:00",
        "2026-01-31T09:30:00+08:60",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ]

    assert not_refused(parse_time, texts, "must be a time with a zone") == []
