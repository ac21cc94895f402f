"""`make reset` deletes the local data only after a confirmation."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tools.local.runner_lock import lock_data_folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder that is not empty."""
    folder = tmp_path / "data"
    (folder / "mysql").mkdir(parents=True)
    return folder


@pytest.mark.parametrize(("answer", "is_kept"), [("n", True), ("", True), ("y", False), ("Yes", False)])
def test_reset_asks_for_confirmation_on_a_terminal(data: Path, answer: str, is_kept: bool) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())

    done = _reset(data, stdin=theirs)

    assert f"Delete all data in {data} (accounts, orders, payments, logs)? [y/N]" in done.stdout
    assert ((data / "mysql").exists(), done.returncode) == (is_kept, int(is_kept))
    os.close(ours)
    os.close(theirs)


def test_reset_without_a_terminal_requires_yes(data: Path) -> None:
    refused = _reset(data)
    was_there = data.exists()

    assert refused.stderr == f"microshop: this deletes all data in {data}: confirm it with `make reset YES=yes`\n"
    assert (refused.returncode, was_there) == (1, True)
    assert (_reset(data, "--yes").returncode, data.exists()) == (0, False)


def test_reset_refuses_while_the_shop_runs(data: Path) -> None:
    with lock_data_folder(data):
        refused = _reset(data, "--yes")

    assert (refused.returncode, data.exists()) == (1, True)
    assert refused.stderr == (
        f"microshop: the shop is starting or stopping (process {os.getpid()}): press Ctrl-C in its terminal or run"
        f" `kill {os.getpid()}` to stop it; then run `make reset` again\n"
    )


def test_reset_without_data_succeeds(tmp_path: Path) -> None:
    assert _reset(tmp_path / "none").returncode == 0


def _reset(data: Path, *more: str, stdin: int = subprocess.DEVNULL) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tools.local", "--data-folder", str(data), "reset", *more]
    return subprocess.run(command, stdin=stdin, capture_output=True, text=True, timeout=120, check=False)
