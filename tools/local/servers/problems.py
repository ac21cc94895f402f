"""The error of a server that is missing or does not start."""

from pathlib import Path

from tools.problems import LocalProblem


class ServerProblem(LocalProblem):
    """A server is missing or could not be started. The message says what to do."""


def last_lines(log_file: Path, count: int = 5) -> str:
    """Returns the end of a log, which usually has the reason of a failed start."""
    if not log_file.exists():
        return ""
    lines = log_file.read_text(errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-count:])
