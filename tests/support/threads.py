"""Runs the same thing in many threads at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def at_once[Result](count: int, action: Callable[[int], Result]) -> list[Result | Exception]:
    """What `action(0)` to `action(count - 1)` return or raise, all begun together."""
    gate = threading.Barrier(count)

    def run(number: int) -> Result | Exception:
        gate.wait()
        try:
            return action(number)
        except Exception as error:  # noqa: BLE001 - what a loser raises is what the tests look at
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
