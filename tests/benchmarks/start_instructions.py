"""Compares the cold starts of the previous release with today's: `python -m tests.benchmarks.start_instructions`.

valgrind, which must be installed, counts the instructions from the start of the process until the handler is ready,
with compiled bytecode and today's packages. The counts of two runs differ by about 0.1 %.
"""

import io
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.functions import NAMES, ROOT
from tools.previous_release import released_archive

_SOURCES = ("functions", "layers/shared")
_START = "import json, sys; sys.path[:0] = json.loads(sys.argv[1]); __import__(sys.argv[2])"
_COUNTED = re.compile(r"I\s+refs:\s+([\d,]+)")
_VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")


def instructions_of(name: str, root: Path) -> int | None:
    """Returns the instructions until a function such as `orders/place_order` is ready, or None if `root` lacks it."""
    folder, _, module = name.partition("/")
    if not (root / "functions" / f"{name}.py").exists():
        return None
    path = [str(root / "functions" / folder), str(root / "layers" / "shared"), sysconfig.get_path("purelib")]
    command = [*_VALGRIND, sys.executable, "-I", "-S", "-c", _START, json.dumps(path), module]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={"PYTHONHASHSEED": "0"})
    found = _COUNTED.search(done.stderr)
    assert found, done.stderr
    return int(found[1].replace(",", ""))


def _row(name: str, before: int | None, now: int | None) -> str:
    change = f"{100 * (now / before - 1):+.1f} %" if before and now else ""
    return f"| {name} | {_millions(before)} | {_millions(now)} | {change} |"


def _millions(count: int | None) -> str:
    return "" if count is None else f"{count / 1e6:.0f}"


def _print_table(names: list[str], folder: Path) -> None:
    before, now = (
        folder / "old",
        folder / "new",
    )  # names of equal length, because the length of the path changes the count
    with tarfile.open(fileobj=io.BytesIO(released_archive(*_SOURCES))) as archive:
        archive.extractall(before, filter="data")
    for source in _SOURCES:
        shutil.copytree(ROOT / source, now / source, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(folder)], check=True)
    print("| Function | Before, million | Now, million | Change |\n|---|---:|---:|---:|")
    with ThreadPoolExecutor(2) as pool:
        counts = pool.map(lambda name: (name, instructions_of(name, before), instructions_of(name, now)), names)
        for count in counts:
            print(_row(*count), flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        _print_table(sys.argv[1:] or NAMES, Path(made))
