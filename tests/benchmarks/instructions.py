"""Counts the instructions of a process with valgrind.

Unlike milliseconds, they do not depend on the load of the machine: the counts of two runs differ by about 0.1 %. The
kernel's instructions are not among them.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["PYTHON", "count", "count_with_output", "require_valgrind", "start"]

# Lambda has no virtual environment, whose detection would count.
PYTHON = str(Path(sys.executable).resolve())

_VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
_COUNTED = re.compile(r"I\s+refs:\s+([\d,]+)")

# The arguments are the paths before and after the standard library, and the modules to import.
_START = """
import json, sys
before, after, modules = json.loads(sys.argv[1])
sys.path[:0] = before
sys.path += after
for module in modules:
    __import__(module)
"""


def require_valgrind() -> None:
    """Exit with what to do if valgrind is missing."""
    if shutil.which("valgrind") is None:
        sys.exit(
            "bench: valgrind, which counts the instructions, is missing: install it with `apt-get install valgrind`, "
            "or on macOS, for which there is none, run this in a Linux container."
        )


def count(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Returns the instructions of a command.

    Raises:
        CalledProcessError: the command failed.
    """
    return count_with_output(command, environment)[0]


def count_with_output(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """Returns the instructions of a command and its output; see `count`."""
    fixed = {"PYTHONHASHSEED": "0", **environment}
    done = subprocess.run([*_VALGRIND, *command], check=False, capture_output=True, text=True, env=fixed)
    found = _COUNTED.search(done.stderr)
    if done.returncode != 0 or found is None:
        sys.stderr.write(done.stdout + done.stderr)
        raise subprocess.CalledProcessError(done.returncode, command)
    return int(found[1].replace(",", "")), done.stdout


def start(
    modules: Sequence[str],
    path: Sequence[Path],
    runtime: Sequence[Path] = (),
    environment: Mapping[str, str] | None = None,
) -> int:
    """Returns the instructions from the start of a process until these modules are imported.

    `path` precedes the standard library, as a function and its layers do in Lambda; `runtime` follows it.
    """
    arguments = json.dumps([[str(each) for each in path], [str(each) for each in runtime], modules])
    # -S: the .pth files of a developer's machine would count. -B: what lacks bytecode lacks it in the next count too.
    return count([PYTHON, "-I", "-S", "-B", "-c", _START, arguments], environment or {})
