"""Starts journeys at fixed times, however slow the shop answers: an open-loop load.

A closed loop, such as that of `ab` and `wrk`, sends the next request only after an answer. A slow server then gets
fewer requests, and the waiting time of those that were not sent is in no percentile ("coordinated omission"). Here
arrivals do not wait for answers, and the latency of a journey's first request counts from its intended start.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

from tools.load.measurements import Measurements

# A shop that stops answering must not fill the memory or the sockets of this machine.
MAX_OPEN_JOURNEYS = 2_000

type Journey = Callable[[float], Awaitable[bool]]
"""Runs a journey with its intended start, in the time of the event loop. Returns whether it came to its end."""


async def generate(
    journeys: Iterable[Journey],
    *,
    interval: float,
    measurements: Measurements,
    stop: asyncio.Event,
    max_open: int = MAX_OPEN_JOURNEYS,
) -> None:
    """Start a journey every `interval` seconds, until `stop`, and wait until all have ended.

    A journey for which there is no room among `max_open` is dropped and counted.
    """
    loop = asyncio.get_running_loop()
    began, cpu = loop.time(), time.process_time()
    running: set[asyncio.Task[None]] = set()
    for number, journey in enumerate(journeys):
        intended = began + number * interval
        await _wait_until(intended, stop)
        if stop.is_set():
            break
        measurements.intended_journeys += 1
        if len(running) >= max_open:
            measurements.dropped_journeys += 1
            continue
        measurements.lateness.append(loop.time() - intended)
        task = asyncio.create_task(_finish(journey, intended, measurements))
        running.add(task)
        task.add_done_callback(running.discard)
    if running:
        await asyncio.gather(*running)
    measurements.elapsed = loop.time() - began
    measurements.cpu_seconds = time.process_time() - cpu


async def _wait_until(moment: float, stop: asyncio.Event) -> None:
    delay = moment - asyncio.get_running_loop().time()
    if delay <= 0:
        await asyncio.sleep(0)  # answers are read even while the generator catches up
        return
    try:
        async with asyncio.timeout(delay):
            await stop.wait()
    except TimeoutError:
        return


async def _finish(journey: Journey, intended: float, measurements: Measurements) -> None:
    if await journey(intended):
        measurements.completed_journeys += 1
