"""The memory of processes, as Linux reports it."""

from pathlib import Path


def memory_of(pid: int) -> dict[int, float]:
    """Returns the proportional set size (PSS) in MiB of a process and each of its descendants, by process id.

    Each page that n processes share counts as one nth in each of them, so the sizes can be added.
    """
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        parent = _read(folder / "stat").rpartition(")")[2].split()[1:2]
        if parent:
            children.setdefault(int(parent[0]), []).append(int(folder.name))
    found, waiting = dict[int, float](), [pid]
    while waiting:
        process = waiting.pop()
        waiting += children.get(process, [])
        for line in _read(Path(f"/proc/{process}/smaps_rollup")).splitlines():
            if line.startswith("Pss:"):
                found[process] = int(line.split()[1]) / 1024
    return found


def peak_of(pid: int) -> float:
    """Returns the largest resident set (VmHWM) in MiB that a process ever had, 0 if it has ended."""
    lines = _read(Path(f"/proc/{pid}/status")).splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0)


def _read(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):  # the process has just ended
        return ""
