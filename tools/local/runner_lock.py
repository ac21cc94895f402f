"""Owns who runs a data folder: at most one runner at a time, known by a lock that ends with it however it dies."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

from tools.problems import LocalProblem


class AlreadyRunning(LocalProblem):
    """Another runner holds the data folder; the text names it."""


@contextlib.contextmanager
def held(data_folder: Path) -> Iterator[None]:
    """Hold the data folder for the time of the `with` block.

    Raises:
        AlreadyRunning: a living process holds it.
    """
    run_folder = data_folder / "run"
    run_folder.mkdir(parents=True, exist_ok=True)
    # The descriptor is not inheritable (PEP 446), so no child keeps the lock when a killed runner is gone.
    with (run_folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyRunning(_described(run_folder, lock.read().strip())) from None
        _stack_file(run_folder).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # a full disk: the lock holds without the number, which is for a message
            os.ftruncate(lock.fileno(), 0)
            os.write(lock.fileno(), str(os.getpid()).encode())
        try:
            yield
        finally:
            _stack_file(run_folder).unlink(missing_ok=True)


def running_stack(data_folder: Path) -> dict[str, str] | None:
    """Where the running stack's parts are, as it wrote it down when it was ready; None while there is none."""
    try:
        found: dict[str, str] = json.loads(_stack_file(data_folder / "run").read_text())
    except (FileNotFoundError, ValueError):
        return None
    return found


def the_running_stack(data_folder: Path) -> dict[str, str]:
    """Where the running stack's parts are.

    Raises:
        LocalProblem: there is none.
    """
    found = running_stack(data_folder)
    if found is None:
        raise LocalProblem("microshop does not run: start it with `make run` first")
    return found


def _stack_file(run_folder: Path) -> Path:
    return run_folder / "stack.json"


def _described(run_folder: Path, pid: str) -> str:
    stack = running_stack(run_folder.parent)
    where = f"at {stack['url']}" if stack else "and is starting or stopping"
    by_number = f", or `kill {pid}`," if pid else ""
    return f"microshop already runs {where} (process {pid or 'unknown'}): Ctrl-C in its terminal{by_number} stops it"
