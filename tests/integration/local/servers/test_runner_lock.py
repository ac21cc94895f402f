"""The lock of the runner, and the children of a killed runner."""

import json
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.support.child_processes import IGNORES_SIGTERM, PRINTS_UP, SLEEP, recorded_processes, wait_until
from tools.local.runner_lock import AlreadyRunning, lock_data_folder
from tools.local.servers.process_table import is_running
from tools.local.servers.processes import Processes


def test_only_children_of_a_killed_runner_are_stopped(processes: Processes, tmp_path: Path) -> None:
    with subprocess.Popen(SLEEP) as other:
        runner, child = _start_runner(tmp_path, IGNORES_SIGTERM)
        wait_until(lambda: "deaf" in (tmp_path / "child.log").read_text())
        runner.kill()
        runner.wait()
        was_there = is_running(child)

        stopped = processes.stop_orphans(timeout=0.2)

        assert was_there
        assert stopped == ["child"]
        assert not is_running(child)
        assert other.poll() is None
        assert recorded_processes(tmp_path) == []
        other.kill()


@pytest.mark.skipif(not shutil.which("setpriv"), reason="only Linux can end a child with its parent")
def test_the_kernel_ends_the_children_of_a_killed_runner(tmp_path: Path) -> None:
    runner, child = _start_runner(tmp_path, PRINTS_UP)
    wait_until(lambda: "up" in (tmp_path / "child.log").read_text())

    runner.kill()
    runner.wait()

    wait_until(lambda: not is_running(child))


def test_a_second_runner_is_refused_with_the_url_of_the_first(tmp_path: Path) -> None:
    with lock_data_folder(tmp_path):
        (tmp_path / "run/stack.json").write_text('{"url": "http://127.0.0.1:3000"}')

        with pytest.raises(AlreadyRunning, match=r"is already running at http://127\.0\.0\.1:3000 \(process \d+\)"):
            lock_data_folder(tmp_path).__enter__()


def test_the_lock_of_a_killed_runner_is_free_while_its_child_runs(tmp_path: Path) -> None:
    runner, child = _start_runner(tmp_path, IGNORES_SIGTERM)
    wait_until(lambda: "deaf" in (tmp_path / "child.log").read_text())
    with pytest.raises(AlreadyRunning, match=f"process {runner.pid}"):
        lock_data_folder(tmp_path).__enter__()

    runner.kill()
    runner.wait()

    with lock_data_folder(tmp_path):
        assert is_running(child)
        Processes(tmp_path / "run").stop_orphans(timeout=0.1)


def _start_runner(folder: Path, command: list[str]) -> tuple["subprocess.Popen[bytes]", int]:
    """Start a runner that holds the lock and starts the command. Returns the runner and the command's pid."""
    script = f"""
        import time
        from pathlib import Path
        from tools.local.runner_lock import lock_data_folder
        from tools.local.servers.processes import Launch, Processes
        folder = Path({str(folder)!r})
        with lock_data_folder(folder):
            Processes(folder / "run").start(Launch("child", "child", {command!r}, folder / "child.log"))
            (folder / "started").touch()
            time.sleep(60)
    """
    runner = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)])
    wait_until((folder / "started").exists)
    record = json.loads((folder / "run/processes.json").read_text())[0]
    return runner, int(record["pid"])
