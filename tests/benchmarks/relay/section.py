"""Measures the relay: what an event costs, how long it waits, and what a claim reads."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import boto3

from microshop.messaging import outbox
from microshop.platform.unit_of_work import UnitOfWork
from tests.benchmarks.relay.moto import running_moto
from tests.benchmarks.relay.workbench import (
    BUS,
    WARM_UP_EVENTS,
    Release,
    Run,
    Workbench,
    add_at_a_rate,
    percentile,
    workbench,
)
from tests.benchmarks.report import Bar, BarChart, Cell, Progress, Section, Table
from tests.support.query_cost import rows_read

_DRAINED = 100_000
_STEADY_RATE, _STEADY_SECONDS = 20, 30
_FEW_EVENTS, _MANY_EVENTS = 320, 1920  # the first relay needs all calls of its pace for the difference
_CLAIM = 160

# The claim of releases until ad06e89.
_CLAIM_BY_ID = """
SELECT id, event_id, type, detail, trace_header, attempts
FROM outbox FORCE INDEX (outbox_waiting)
WHERE published_at IS NULL
  AND next_attempt_at <= %(now)s
ORDER BY id
LIMIT %(limit)s
FOR UPDATE SKIP LOCKED
"""

_METHOD = """\
A relay in a process of its own publishes events of orders (600 bytes) to a bus of ours, which answers after 10 ms.
Relay, bus and MariaDB share the machine. CPU and instructions are those of the relay's process without its start;
instructions are counted by valgrind, as the difference between two numbers of events. A run lasts at most 58 seconds.
An event waits from its creation until it is marked as published."""
_MOTO = "The local stack has moto instead of EventBridge and SQS, which is slower than the relay: it takes"


def measure(progress: Progress) -> Section:
    """Measure both releases side by side. It takes about six minutes."""
    with workbench() as bench:
        releases = bench.previous, bench.now
        progress("relay: instructions")
        instructions = {release.name: _instructions(bench, release) for release in releases}
        progress("relay: CPU")
        costs = {release.name: _cost(bench, release) for release in releases}
        progress("relay: waiting times")
        waits = {
            f"{_STEADY_RATE} events a second for {_STEADY_SECONDS} s": [_steady(bench, each) for each in releases],
            "2,000 events at once": [_burst(bench, release, 2_000) for release in releases],
        }
        progress(f"relay: {_DRAINED:,} events")
        alone = _drain(bench, relays=1)
        progress("relay: two relays")
        pair = _drain(bench, relays=2)
        progress("relay: rows read")
        rows = _claims(bench)
        progress("relay: moto")
        moto_milliseconds = _moto(bench)
        server = bench.database.rows("SELECT VERSION() AS version")[0]["version"]
    return Section(
        "Events: the relay",
        (_METHOD, f"{_MOTO} {moto_milliseconds:.1f} ms of CPU for an event with one consumer."),
        (
            Table(
                ("", "Instructions per event, thousand", "CPU per event, ms", "Events per second", "Peak memory, MiB"),
                tuple(_cost_row(name, instructions[name], run) for name, run in costs.items()),
                "What an event costs",
            ),
            Table(
                ("", "Previous release: p50, s", "p99, s", "This release: p50, s", "p99, s"),
                tuple(
                    (title, *(percentile(lags, percent) for lags in both for percent in (50, 99)))
                    for title, both in waits.items()
                ),
                "How long an event waits",
            ),
            Table(
                ("Relays at the same time", "Runs of each, at most", "Seconds", "Events per second"),
                (_drain_row(alone), _drain_row(pair)),
                f"{_DRAINED:,} waiting events",
            ),
            Table(
                ("", "in the order of ids", "in the order of due times"),
                rows,
                f"Rows read by a claim of {_CLAIM} events",
            ),
        ),
        (
            BarChart(
                "instructions",
                "Instructions of the relay per event",
                "thousand",
                tuple(Bar(name, count / 1000, is_shop=name == "this release") for name, count in instructions.items()),
            ),
        ),
        {"boto3": boto3.__version__, "MariaDB": str(server).partition("-")[0]},
    )


def _instructions(bench: Workbench, release: Release) -> float:
    few, many = (bench.instructions(release, events) for events in (_FEW_EVENTS, _MANY_EVENTS))
    return (many - few) / (_MANY_EVENTS - _FEW_EVENTS)


def _cost(bench: Workbench, release: Release) -> Run:
    """Returns the run that publishes 10,000 events."""
    bench.empty()
    bench.fill(10_000 + WARM_UP_EVENTS)
    [run] = bench.relay(release)
    assert run.published == 10_000
    return run


def _burst(bench: Workbench, release: Release, events: int) -> list[float]:
    """Returns how long events wait that are added at once while the relay runs."""
    bench.empty()
    bench.fill(WARM_UP_EVENTS)
    relay = bench.start_relay(release, continuous=True, seconds=6 + events / 100)
    while not bench.lags():
        time.sleep(0.05)
    bench.fill(events)
    bench.finished(relay)
    return _all_lags(bench, events + WARM_UP_EVENTS)


def _all_lags(bench: Workbench, events: int) -> list[float]:
    lags = bench.lags()
    assert len(lags) == events, f"{len(lags)} of {events} events were published"
    return lags


def _steady(bench: Workbench, release: Release) -> list[float]:
    bench.empty()
    bench.fill(WARM_UP_EVENTS)
    relay = bench.start_relay(release, continuous=True, seconds=_STEADY_SECONDS + 3)
    add_at_a_rate(bench, events_per_second=_STEADY_RATE, seconds=_STEADY_SECONDS)
    bench.finished(relay)
    return _all_lags(bench, _STEADY_RATE * _STEADY_SECONDS + WARM_UP_EVENTS)


@dataclass(frozen=True)
class Drained:
    """How 100,000 events were published: by how many relays, each with at most `runs`, and in which time."""

    relays: int
    runs: int
    seconds: float


def _drain(bench: Workbench, relays: int) -> Drained:
    bench.empty()
    bench.fill(_DRAINED)
    started = [bench.start_relay(bench.now, runs=10) for _ in range(relays)]
    each = [[run for run in bench.finished(relay) if run.published] for relay in started]
    assert len(bench.lags()) == _DRAINED
    return Drained(relays, max(map(len, each)), max(sum(run.seconds for run in runs) for runs in each))


def _moto(bench: Workbench) -> float:
    """Returns the milliseconds of CPU that moto takes for an event."""
    bench.empty()
    bench.fill(1_000 + WARM_UP_EVENTS)
    with running_moto() as moto:
        moto.create_bus(BUS)
        before = moto.cpu_seconds()
        bench.relay(bench.now, bus_url=moto.url)
        _all_lags(bench, 1_000 + WARM_UP_EVENTS)
        return (moto.cpu_seconds() - before) / (1_000 + WARM_UP_EVENTS) * 1000


def _claims(bench: Workbench) -> tuple[tuple[Cell, ...], ...]:
    """Returns the rows that a claim reads in several situations."""
    bench.empty()
    bench.fill(50)
    few = _rows_of_claims(bench)
    bench.empty()
    bench.fill(_DRAINED, due_in=timedelta(hours=1))
    bench.fill(50)
    behind = _rows_of_claims(bench)
    bench.empty()
    bench.fill(_DRAINED)
    other = bench.connect()
    other.begin()
    outbox.Outbox(other).claim(_CLAIM)
    beside = _rows_of_claims(bench)
    other.close()
    return (
        ("50 events are due", *few),
        (f"50 are due, {_DRAINED:,} wait for a later retry", *behind),
        (f"{_DRAINED:,} are due, another relay publishes {_CLAIM} of them", *beside),
    )


def _rows_of_claims(bench: Workbench) -> tuple[int, int]:
    bench.database.rows("ANALYZE TABLE outbox")
    read = []
    for claim in (_CLAIM_BY_ID, outbox._CLAIM):
        values = {"since": datetime(2000, 1, 1, tzinfo=UTC), "now": datetime.now(UTC), "limit": _CLAIM}
        with UnitOfWork(bench.database):
            read.append(rows_read(bench.database, lambda: bench.database.rows(claim, values)))  # noqa: B023
    return read[0], read[1]


def _cost_row(name: str, instructions: float, run: Run) -> tuple[Cell, ...]:
    milliseconds = 1000 * run.cpu_seconds / run.published
    return name, instructions / 1000, milliseconds, run.published / run.seconds, run.peak_mib


def _drain_row(drained: Drained) -> tuple[Cell, ...]:
    return drained.relays, drained.runs, drained.seconds, _DRAINED / drained.seconds
