"""rate(), cron() and at() have the same times as in EventBridge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice

from tests.support.table_rows import not_refused, wrong_answers
from tools.local.events.schedules import moments
from tools.templates.model import TemplateError
from tools.templates.schedule_expressions import Cron, Rate, parse

START = datetime(2026, 1, 15, 10, 7, 30, tzinfo=UTC)  # a Thursday


def test_rate_is_an_interval() -> None:
    assert parse("rate(5 minutes)") == Rate(timedelta(minutes=5))
    assert parse("rate(1 day)") == Rate(timedelta(days=1))


def test_rate_fires_at_the_start_and_then_every_interval() -> None:
    start = datetime.now(UTC)
    first, second = islice(moments(parse("rate(1 hour)"), start), 2)
    assert (first, second) == (start, start + timedelta(hours=1))


def test_rate_skips_the_times_that_a_sleeping_machine_missed() -> None:
    start = datetime.now(UTC) - timedelta(hours=5, minutes=30)
    first, second = islice(moments(parse("rate(1 hour)"), start), 2)
    assert (first, second) == (start, start + timedelta(hours=5))


def test_cron_expression_has_the_times_of_eventbridge() -> None:
    rows = [
        ("cron(* * * * ? *)", "2026-01-15T10:08"),
        ("cron(0/15 * * * ? *)", "2026-01-15T10:15"),
        ("cron(0 10 * * ? *)", "2026-01-16T10:00"),
        ("cron(30 8-17 ? * MON-FRI *)", "2026-01-15T10:30"),
        ("cron(0 9 ? * SAT,SUN *)", "2026-01-17T09:00"),
        ("cron(0 0 1 * ? *)", "2026-02-01T00:00"),
        ("cron(0 0 L * ? *)", "2026-01-31T00:00"),
        ("cron(0 0 31W * ? *)", "2026-01-30T00:00"),
        ("cron(0 0 ? * 6L *)", "2026-01-30T00:00"),
        ("cron(0 0 ? * 2#1 *)", "2026-02-02T00:00"),
        ("cron(0 12 29 FEB ? *)", "2028-02-29T12:00"),
        ("cron(5 4 3 2 ? 2030)", "2030-02-03T04:05"),
    ]

    def fires(expression: str) -> str:
        cron = parse(expression)
        assert isinstance(cron, Cron)
        return f"{cron.after(START):%Y-%m-%dT%H:%M}"

    assert wrong_answers(fires, rows) == []


def test_cron_expression_follows_its_time_zone() -> None:
    cron = parse("cron(0 12 * * ? *)", "Europe/Berlin")
    assert isinstance(cron, Cron)
    assert cron.after(START) == datetime(2026, 1, 15, 11, tzinfo=UTC)


def test_cron_expression_in_the_past_never_fires() -> None:
    cron = parse("cron(0 0 1 1 ? 2020)")
    assert isinstance(cron, Cron)
    assert cron.after(START) is None
    assert list(moments(cron, START)) == []


def test_at_expression_fires_once() -> None:
    assert len(list(moments(parse("at(2026-01-15T10:08:00)"), START))) == 1
    assert list(moments(parse("at(2026-01-15T10:07:00)"), START)) == []


def test_invalid_expression_is_refused() -> None:
    expressions = [
        "every minute",
        "rate(1)",
        "cron(* * * * *)",
        "cron(* * * * * *)",
        "cron(60 * * * ? *)",
        "cron(* * ? * ? *)",
        "cron(a * * * ? *)",
    ]

    assert not_refused(parse, expressions, "The schedule", TemplateError) == []
