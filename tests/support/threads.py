"""Runs an action in many threads at the same time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def at_once[Result](count: int, action: Callable[[int], Result]) -> list[Result | Exception]:
    """Run `action(0)` to `action(count - 1)` at the same time. Returns their results or exceptions."""
    gate = threading.Barrier(count)

    def run(number: int) -> Result | Exception:
        gate.wait()
        try:
            return action(number)
        except Exception as error:  # noqa: BLE001 - tests check the exceptions
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def concurrently(*actions: Callable[[], object]) -> list[object]:
    """Run the actions at the same time. Returns their results or exceptions."""
    return list(at_once(len(actions), lambda number: actions[number]()))
