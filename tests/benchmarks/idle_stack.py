"""The memory of the local shop when nobody uses it: `python -m tests.benchmarks.idle_stack`."""

import json
import tempfile
import time
from pathlib import Path

from tests.benchmarks.report import Progress, Section, Table, main
from tests.support.memory import memory_of
from tests.support.runner import Runner
from tools.local.lambdas.limits import Limits

BUDGET_MIB = 600
_SECONDS_UNTIL_IDLE = Limits().surplus_idle + 15


def measure(progress: Progress) -> Section:
    """Start a shop with the demo data, wait until it is idle, and measure its processes."""
    with tempfile.TemporaryDirectory(prefix="microshop-benchmark-") as folder, Runner(Path(folder)) as shop:
        progress(f"waiting {_SECONDS_UNTIL_IDLE:.0f} seconds until the shop is idle")
        time.sleep(_SECONDS_UNTIL_IDLE)
        memory, names = memory_of(shop.pid), _names(shop)
    parts: dict[str, list[float]] = {}
    for pid, size in memory.items():
        parts.setdefault(names.get(pid, "functions"), []).append(size)
    rows = [(name, len(sizes), sum(sizes)) for name, sizes in sorted(parts.items(), key=lambda part: -sum(part[1]))]
    total = sum(memory.values())
    return Section(
        "Memory of the idle local shop",
        (
            "The proportional set size (PSS) of all processes of `make run` with the demo data, shared pages once.",
            f"Measured {_SECONDS_UNTIL_IDLE:.0f} seconds after the start. The budget is {BUDGET_MIB} MiB.",
        ),
        (Table(("Part", "Processes", "MiB"), (*rows, ("all", len(memory), total))),),
    )


def _names(shop: Runner) -> dict[int, str]:
    servers = json.loads((shop.data_folder / "run" / "processes.json").read_text(encoding="utf-8"))
    return {shop.pid: "gateway, queues and schedules"} | {server["pid"]: server["name"] for server in servers}


if __name__ == "__main__":
    main(measure)
