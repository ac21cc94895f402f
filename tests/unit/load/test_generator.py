"""Arrivals do not wait for answers, and latency counts from the intended start."""

import asyncio
import itertools
from collections.abc import Iterator

import pytest

from tests.support.virtual_time import run_in_virtual_time, spend
from tools.load.generator import Journey, generate
from tools.load.measurements import Measurements


@pytest.mark.parametrize("answer_seconds", [0.001, 60.0])
def test_a_slow_shop_does_not_lower_the_arrival_rate(answer_seconds: float) -> None:
    starts: list[float] = []

    async def journey(_intended: float) -> bool:
        starts.append(asyncio.get_running_loop().time())
        await asyncio.sleep(answer_seconds)
        return True

    measured = _generate(itertools.repeat(journey, 10), interval=0.1)

    assert starts == pytest.approx([n / 10 for n in range(10)])
    assert measured.completed_journeys == 10
    assert measured.elapsed == pytest.approx(0.9 + answer_seconds)


def test_a_late_start_is_measured_and_does_not_move_later_ones() -> None:
    intended_starts: list[float] = []

    async def journey(intended: float) -> bool:
        intended_starts.append(intended)
        if len(intended_starts) == 1:
            spend(0.35)  # the generator is busy until three journeys are overdue
        return True

    measured = _generate(itertools.repeat(journey, 6), interval=0.1)

    assert intended_starts == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert list(measured.lateness) == pytest.approx([0, 0.25, 0.15, 0.05, 0, 0])


def test_journeys_without_room_are_dropped_and_counted() -> None:
    async def journey(_intended: float) -> bool:
        await asyncio.sleep(100)
        return True

    measured = _generate(itertools.repeat(journey, 5), interval=1, max_open=3)

    assert (measured.intended_journeys, measured.dropped_journeys, measured.completed_journeys) == (5, 2, 3)
    assert measured.errors == 2


def test_an_interrupted_test_starts_no_more_journeys_and_finishes_the_running_ones() -> None:
    stop = asyncio.Event()
    started = itertools.count(1)

    async def journey(_intended: float) -> bool:
        if next(started) == 3:
            stop.set()
        await asyncio.sleep(5)
        return True

    measured = _generate(itertools.repeat(journey), interval=1, stop=stop)

    assert (measured.intended_journeys, measured.completed_journeys) == (3, 3)


def _generate(
    journeys: Iterator[Journey], *, interval: float, stop: asyncio.Event | None = None, max_open: int = 1000
) -> Measurements:
    measured = Measurements()

    async def run() -> None:
        await generate(
            journeys, interval=interval, measurements=measured, stop=stop or asyncio.Event(), max_open=max_open
        )

    run_in_virtual_time(run)
    return measured
