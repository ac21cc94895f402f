"""Owns how a process is recognised again after its starter died: by start time and command line."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ProcessFacts:
    """What tells a process from a later one with the same pid."""

    started: str
    command_line: str


def facts_about(pid: int) -> ProcessFacts | None:
    """The facts of a running process; None for one that ended, also if nobody has collected it yet."""
    return _facts_from_proc(pid) if sys.platform == "linux" else _facts_from_ps(pid)


def _facts_from_proc(pid: int) -> ProcessFacts | None:
    folder = Path(f"/proc/{pid}")
    try:
        # The second field is the program's name in brackets and may hold anything, brackets and spaces included.
        state, *fields = (folder / "stat").read_text().rpartition(")")[2].split()
        command_line = (folder / "cmdline").read_bytes().rstrip(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # Without a command line it has given up its memory since its state was read: it is ending.
    if state in "ZX" or not command_line:
        return None
    # The start is counted in ticks since the boot, so it says something only together with the boot it belongs to.
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ProcessFacts(f"{boot} {fields[18]}", command_line.replace(b"\0", b" ").decode(errors="replace"))


def _facts_from_ps(pid: int) -> ProcessFacts | None:
    listed = subprocess.run(
        ["/bin/ps", "-ww", "-o", "stat=,lstart=,command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        env={"LC_ALL": "C"},
        check=False,
    ).stdout.split(maxsplit=6)
    if len(listed) < 7 or listed[0].startswith("Z"):
        return None
    return ProcessFacts(" ".join(listed[1:6]), listed[6].strip())
