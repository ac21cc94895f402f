"""Commands for child processes, and the record of the processes of a data folder."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

IGNORES_SIGTERM = ["/bin/sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.1; done"]
SLEEP = ["/bin/sleep", "60"]
PRINTS_UP = ["/bin/sh", "-c", "echo up; exec sleep 60"]


def recorded_processes(folder: Path) -> list[dict[str, Any]]:
    """The processes that the runner of this data folder has recorded."""
    found: list[dict[str, Any]] = json.loads((folder / "run/processes.json").read_text())
    return found


def wait_until(is_true: Callable[[], bool]) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + 180  # only ends a test that hangs
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
