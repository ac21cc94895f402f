"""Owns what is said when a server cannot be had or started."""

from pathlib import Path

from tools.problems import LocalProblem


class ServerProblem(LocalProblem):
    """A server could not be had or started."""


def last_lines(log_file: Path, count: int = 5) -> str:
    """The end of a log, for the terminal: the reason of a failed start is nearly always there."""
    if not log_file.exists():
        return ""
    lines = log_file.read_text(errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-count:])
