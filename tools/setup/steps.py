"""Owns one step of set-up: the line that announces it, its progress on a terminal, one sentence when it fails."""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from tools.problems import LocalProblem

_FULL = "No space left on device"


class SetupProblem(LocalProblem):
    """A step failed; the text is one sentence that says what to do, and perhaps what the tool said."""


def say(text: str) -> None:
    """Print a line."""
    print(f"setup: {text}", flush=True)


def step(
    what: str, command: Sequence[str], environment: Mapping[str, str], advice: str, *, has_progress: bool = False
) -> None:
    """Run a command. One that has progress to show writes to the terminal itself, if there is one.

    Raises:
        SetupProblem: it failed.
    """
    if has_progress and sys.stderr.isatty():
        say(what)
        done = _run(command, environment)
        code, said = done.returncode, ""
    else:
        print(f"setup: {what} ... ", end="", flush=True)
        begun = time.monotonic()
        done = _run(command, environment, subprocess.PIPE)
        code, said = done.returncode, done.stdout + done.stderr
        print("failed" if code else f"{time.monotonic() - begun:.0f} s", flush=True)
    if code:
        raise SetupProblem(_failure(what, said, advice))


def run_quietly(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command and keep what it prints; one that cannot be started ends with 127."""
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
            close_fds=False,  # the lock of set-up is to be inherited
        )
    except OSError as error:  # not a program for this machine, or gone since it was found
        return subprocess.CompletedProcess(command, 127, "", str(error))


def _failure(what: str, said: str, advice: str) -> str:
    if _FULL in said:
        advice = "the disk is full: make room, then run it again"
    if not said:
        return f"{what} failed, see above: {advice}"
    lines = "\n".join(f"    {line}" for line in said.splitlines()[-20:])
    return f"{what} failed: {advice}. It said:\n{lines}"
