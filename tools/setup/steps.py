"""Runs one step of set-up: announces it, shows its progress on a terminal, and explains a failure in one sentence."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tools.problems import LocalProblem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FULL = "No space left on device"


class SetupProblem(LocalProblem):
    """A step failed. The text says in one sentence what to do, and may end with the output of the tool."""


def print_message(text: str) -> None:
    """Print a line."""
    print(f"setup: {text}", flush=True)


def step(
    what: str, command: Sequence[str], environment: Mapping[str, str], advice: str, *, has_progress: bool = False
) -> None:
    """Run a command. With `has_progress`, the command itself writes to the terminal, if there is one.

    Raises:
        SetupProblem: the command failed.
    """
    if has_progress and sys.stderr.isatty():
        print_message(what)
        done = _run(command, environment)
        code, output = done.returncode, ""
    else:
        print(f"setup: {what} ... ", end="", flush=True)
        begun = time.monotonic()
        done = _run(command, environment, subprocess.PIPE)
        code, output = done.returncode, done.stdout + done.stderr
        print("failed" if code else f"{time.monotonic() - begun:.0f} s", flush=True)
    if code:
        raise SetupProblem(_failure(what, output, advice))


def run_quietly(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command and capture its output. The exit code is 127 if it cannot be started."""
    return _run(command, environment, subprocess.PIPE)


def _run(
    command: Sequence[str], environment: Mapping[str, str] | None, output: int | None = None
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            text=True,
            check=False,
            close_fds=False,  # the child process inherits the lock of the setup
        )
    except OSError as error:  # a program for another machine, or one that was removed meanwhile
        return subprocess.CompletedProcess(command, 127, "", str(error))


def _failure(what: str, output: str, advice: str) -> str:
    if _FULL in output:
        advice = "the disk is full: make room, then run it again"
    if not output:
        return f"{what} failed, see above: {advice}"
    lines = "\n".join(f"    {line}" for line in output.splitlines()[-20:])
    return f"{what} failed: {advice}. Its output:\n{lines}"
