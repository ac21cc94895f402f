"""The lock of a data folder, which allows one runner at a time. The kernel releases it when the runner dies."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

from tools.problems import LocalProblem


class AlreadyRunning(LocalProblem):
    """Another runner has locked the data folder. The message names it."""


@contextlib.contextmanager
def lock_data_folder(data_folder: Path) -> Iterator[None]:
    """Lock the data folder within the `with` block.

    Raises:
        AlreadyRunning: another process has locked it.
    """
    run_folder = data_folder / "run"
    run_folder.mkdir(parents=True, exist_ok=True)
    # Children do not inherit the descriptor (PEP 446), so they do not hold the lock of a killed runner.
    with (run_folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyRunning(_described(run_folder, lock.read().strip())) from None
        _stack_file(run_folder).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # on a full disk, the lock works without the number, which is for a message
            os.ftruncate(lock.fileno(), 0)
            os.write(lock.fileno(), str(os.getpid()).encode())
        try:
            yield
        finally:
            _stack_file(run_folder).unlink(missing_ok=True)


def find_running_stack(data_folder: Path) -> dict[str, str] | None:
    """Returns the addresses of the running stack, or None if it is not running or not ready."""
    try:
        found: dict[str, str] = json.loads(_stack_file(data_folder / "run").read_text())
    except (FileNotFoundError, ValueError):
        return None
    return found


def require_running_stack(data_folder: Path) -> dict[str, str]:
    """Returns the addresses of the running stack.

    Raises:
        LocalProblem: it is not running.
    """
    found = find_running_stack(data_folder)
    if found is None:
        raise LocalProblem("the shop is not running: start it with `make run`")
    return found


def _stack_file(run_folder: Path) -> Path:
    return run_folder / "stack.json"


def _described(run_folder: Path, pid: str) -> str:
    stack = find_running_stack(run_folder.parent)
    state = f"is already running at {stack['url']}" if stack else "is starting or stopping"
    kill = f" or run `kill {pid}`" if pid else ""
    return f"the shop {state} (process {pid or 'unknown'}): press Ctrl-C in its terminal{kill} to stop it"
