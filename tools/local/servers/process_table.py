"""Identifies a process by its pid and start time, which an exec does not change."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """A line of the process table. A later process with the same pid has another `started`."""

    started: str
    has_ended: bool


def entry_of(pid: int) -> Entry | None:
    """Returns the entry of a process, also of a zombie, or None if it does not exist."""
    return _entry_from_proc(pid) if sys.platform == "linux" else _entry_from_ps(pid)


def is_running(pid: int) -> bool:
    """Whether a process with this pid runs. A zombie does not count."""
    entry = entry_of(pid)
    return entry is not None and not entry.has_ended


# Neither function reads the command line, because it is empty during an exec and at the end of the process.
def _entry_from_proc(pid: int) -> Entry | None:
    try:
        # The second field is the name of the program in brackets. It may contain brackets and spaces.
        state, *fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The start is in ticks since the boot, so it is unique only together with the boot.
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return Entry(f"{boot} {fields[18]}", state in "ZX")


def _entry_from_ps(pid: int) -> Entry | None:
    # One -o for each column, because macOS takes everything after an equals sign for the title.
    state, *start = subprocess.run(
        ["/bin/ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        env={"LC_ALL": "C", "TZ": "UTC"},
        check=False,
    ).stdout.split() or [""]
    return Entry(" ".join(start), state.startswith("Z")) if start else None
