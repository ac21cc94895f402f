"""Owns the exceptions a developer's machine can cause: each says in one sentence what to do."""

from pathlib import Path


class ServerProblem(Exception):  # noqa: N818  (it reads as what it is in `except ServerProblem`)
    """A server could not be had or started; the text is one sentence for the terminal."""


def last_lines(log_file: Path, count: int = 5) -> str:
    """The end of a log, for the terminal: the reason of a failed start is nearly always there."""
    if not log_file.exists():
        return ""
    lines = log_file.read_text(errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-count:])
