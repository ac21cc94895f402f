"""Owns the identity of a process: its pid and the time of its start, which no exec changes."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """A line of the process table. With the pid, `started` identifies a process: a later one with that pid differs."""

    started: str
    has_ended: bool


def entry_of(pid: int) -> Entry | None:
    """The entry of a process, also of one that ended and that its parent has not collected; None if there is none."""
    return _entry_from_proc(pid) if sys.platform == "linux" else _entry_from_ps(pid)


def is_running(pid: int) -> bool:
    """Whether a process of that pid runs; one that only waits for its parent to collect it does not."""
    entry = entry_of(pid)
    return entry is not None and not entry.has_ended


# Neither function reads the command line: it is empty during an exec and again when the process ends.
def _entry_from_proc(pid: int) -> Entry | None:
    try:
        # The second field is the program's name in brackets and may hold anything, brackets and spaces included.
        state, *fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The start is counted in ticks since the boot, so it says something only together with the boot it belongs to.
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return Entry(f"{boot} {fields[18]}", state in "ZX")


def _entry_from_ps(pid: int) -> Entry | None:
    # An -o for each column: what follows an equals sign is the title to macOS, whatever is in it.
    state, *start = subprocess.run(
        ["/bin/ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        env={"LC_ALL": "C", "TZ": "UTC"},
        check=False,
    ).stdout.split() or [""]
    return Entry(" ".join(start), state.startswith("Z")) if start else None
