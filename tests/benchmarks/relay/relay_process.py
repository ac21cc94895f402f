"""A relay as a process of its own. Usage: python relay_process.py TASK, a JSON object.

    path       folders for sys.path: function, layer, packages
    seconds    the time of each run until the relay stops
    runs       how many runs at most; it stops earlier when a run publishes nothing
    any_pace   True to adapt to no measured time, for a run that an instruction counter slows down

The last line of its error output is a JSON list with the figures of each run. A run of one batch, ten events,
comes before the first, so that loading boto3 and connecting are not measured.
"""

import importlib
import json
import math
import sys
import time

_RESERVE_SECONDS = 12  # the relay stops that long before its timeout


class _Context:
    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds + _RESERVE_SECONDS

    def get_remaining_time_in_millis(self) -> int:
        return int((self._end - time.monotonic()) * 1000)


def _peak_mib() -> float:
    """Returns the peak of the process. getrusage's includes the memory of the parent that it was forked from."""
    with open("/proc/self/status") as status:  # noqa: PTH123 - pathlib takes instructions
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def main(task: dict) -> None:  # type: ignore[type-arg]  # typing takes instructions
    sys.path[:0] = task["path"]
    sys.modules["awscrt"] = None  # type: ignore[assignment]  # Lambda has none; botocore uses it where it is installed
    handler = importlib.import_module("relay_outbox").handler
    pace = sys.modules.get("microshop.messaging.pace")
    if pace and task["any_pace"]:
        pace._FAST_SECONDS = pace._SLOW_SECONDS = math.inf  # type: ignore[attr-defined]
    handler({}, _Context(-_RESERVE_SECONDS))
    runs: list[dict[str, float]] = []
    while len(runs) < task["runs"]:
        started, cpu = time.monotonic(), time.process_time()
        published = handler({}, _Context(task["seconds"]))["published"]
        runs.append(
            {
                "published": published,
                "seconds": time.monotonic() - started,
                "cpu_seconds": time.process_time() - cpu,
                "peak_mib": _peak_mib(),
            }
        )
        if not published:
            break
    print(json.dumps(runs), file=sys.stderr)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
