"""The peak memory of every function: `python -m tests.benchmarks.memory` prints a table."""

import contextlib
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.benchmarks.report import Bar, BarChart, Progress, Section, Table, main
from tests.support.functions import NAMES, sample_event
from tests.support.memory import peak_of
from tests.support.run_set import python_of_run_set
from tests.support.runner import Runner
from tools.local.invocation import FunctionFailed
from tools.tour.scenario import STEPS

BUDGET_MIB = 72
_SECONDS_BETWEEN_READINGS = 0.5
# Creates the users of a database on AWS; the local shop does not have it.
_ELSEWHERE = "deployment/prepare_database"
_TOUR, _SAMPLE = "tour", "sample event"
_METHOD = (
    "The largest resident set (`VmHWM`) of each function's process in the local shop, which runs one process for each "
    f"execution environment, as Lambda does. The budget is {BUDGET_MIB} MiB. Functions that `make tour` uses have "
    f"handled its requests, events and schedules ({len(STEPS)} steps). The others have handled their sample event, "
    "and the table has their answer. The pages of Python and of libraries count in each process. "
    f"`{_ELSEWHERE}` does not run in the local shop."
)


@dataclass
class _Peaks:
    """The peak of each function, in MiB by logical id. Environments are read while they live."""

    shop: Runner
    found: dict[str, float] = field(default_factory=dict)

    def read(self) -> None:
        """Read the environments that run now."""
        listed = requests.get(f"{self.shop.parts['control_url']}/environments", timeout=10).json()
        for environment in listed:
            if environment["pid"] and environment["invocations"]:
                peak = peak_of(environment["pid"])
                self.found[environment["function"]] = max(peak, self.found.get(environment["function"], 0))

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Read all the time in another thread."""
        over = threading.Event()

        def read() -> None:
            while not over.wait(_SECONDS_BETWEEN_READINGS):
                self.read()

        thread = threading.Thread(target=read)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            self.read()


def measure(progress: Progress) -> Section:
    """Start a shop, take the tour through it, and invoke the functions that the tour does not use."""
    with tempfile.TemporaryDirectory(prefix="microshop-benchmark-") as folder:
        progress("starting a shop")
        # botocore imports awscrt if a developer's environment has it: 6 MiB that Lambda does not need.
        python = python_of_run_set(Path(folder) / "python")
        with Runner(Path(folder), python) as shop:
            peaks = _Peaks(shop)
            progress("taking the tour")
            with peaks.reading():
                command = [sys.executable, "-m", "tools.tour", "--data-folder", folder]
                subprocess.run(command, check=True, capture_output=True, timeout=600)
            answers = {name: _TOUR for name in NAMES if _logical_id(name) in peaks.found}
            for name in sorted(set(NAMES) - answers.keys() - {_ELSEWHERE}):
                progress(name)
                answers[name] = f"{_SAMPLE}: {_invoke(shop, name)}"
                peaks.read()
    rows = sorted(((name, peaks.found[_logical_id(name)], answers[name]) for name in answers), key=lambda row: row[1])
    bars = tuple(Bar(name, peak) for name, peak, _ in rows)
    return Section(
        "Memory of functions",
        (_METHOD,),
        (Table(("Function", "MiB", "Handled"), tuple(rows)),),
        (BarChart("peak", "Peak memory of each function", "MiB", bars, BUDGET_MIB),),
    )


def _invoke(shop: Runner, name: str) -> str:
    try:
        answer: Any = shop.invoke(_logical_id(name), sample_event(name))
    except FunctionFailed as error:
        return str(error).partition(": ")[2].partition(";")[0]
    return f"status {answer['statusCode']}" if isinstance(answer, dict) and "statusCode" in answer else "done"


def _logical_id(name: str) -> str:
    return "".join(word.title() for word in name.rpartition("/")[2].split("_")) + "Function"


if __name__ == "__main__":
    main(measure)
