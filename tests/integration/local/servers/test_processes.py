"""Child processes and the runner's lock: nothing is left after a crash, and no other process is touched."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.child_processes import IGNORES_SIGTERM, PRINTS_UP, SLEEP, recorded_processes, wait_until
from tools.local.servers.problems import ServerProblem
from tools.local.servers.process_table import _entry_from_ps, entry_of, is_running
from tools.local.servers.processes import Launch, Processes


def test_a_child_is_recorded_before_it_runs(processes: Processes, tmp_path: Path) -> None:
    child = processes.start(_launch(tmp_path, ["/bin/cat", str(tmp_path / "run/processes.json")]))

    child.process.wait(10)

    assert [record["pid"] for record in json.loads(child.log_file.read_text())] == [child.process.pid]


def test_a_child_has_its_own_session_so_that_it_ignores_ctrl_c(processes: Processes, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import os; print(os.getsid(0) == os.getpid())"]
    child = processes.start(_launch(tmp_path, command))

    child.process.wait(10)

    assert child.log_file.read_text() == "True\n"


def test_a_stopped_child_is_removed_from_the_record(processes: Processes, tmp_path: Path) -> None:
    child = processes.start(_launch(tmp_path, SLEEP))

    processes.stop(child)

    assert child.process.returncode == -signal.SIGTERM
    assert recorded_processes(tmp_path) == []


def test_a_child_that_ignores_sigterm_is_killed(processes: Processes, tmp_path: Path) -> None:
    child = processes.start(_launch(tmp_path, IGNORES_SIGTERM))
    wait_until(lambda: "deaf" in child.log_file.read_text())

    processes.stop(child, timeout=0.2)

    assert child.process.returncode == -signal.SIGKILL


def test_processes_that_a_child_started_end_with_it(processes: Processes, tmp_path: Path) -> None:
    child = processes.start(_launch(tmp_path, ["/bin/sh", "-c", "trap '' HUP; sleep 61 & echo $!; wait"]))
    wait_until(lambda: child.log_file.read_text().endswith("\n"))
    grandchild = int(child.log_file.read_text())

    processes.stop(child)

    wait_until(lambda: not is_running(grandchild))


def test_a_child_is_recognized_at_any_time_during_its_start(processes: Processes, tmp_path: Path) -> None:
    recognized = []
    for _ in range(100):
        child = processes.start(_launch(tmp_path, SLEEP))
        # From now on it executes one program after the other.
        recognized += [child.record.is_running() for _ in range(20)]
        child.process.kill()

    assert len(recognized) == 2000
    assert all(recognized)
    assert all(record["started"] for record in recorded_processes(tmp_path))


def test_a_zombie_counts_as_ended(processes: Processes, tmp_path: Path) -> None:
    child = processes.start(_launch(tmp_path, ["/bin/true"]))

    os.waitid(os.P_PID, child.process.pid, os.WEXITED | os.WNOWAIT)

    assert entry_of(child.process.pid) is not None
    assert not child.record.is_running()


def test_ps_shows_whether_a_process_has_ended() -> None:
    with subprocess.Popen(["/bin/sh", "-c", "exec sleep 60"]) as process:
        running = _entry_from_ps(process.pid)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        ended = _entry_from_ps(process.pid)

    assert running is not None
    assert ended is not None
    assert (running.has_ended, ended.has_ended) == (False, True)
    assert _entry_from_ps(process.pid) is None


def test_a_child_that_ends_during_its_start_is_reported_with_its_log(processes: Processes, tmp_path: Path) -> None:
    child = processes.start(_launch(tmp_path, ["/bin/sh", "-c", "echo the disk is full; exit 1"]))

    with pytest.raises(ServerProblem, match=r"ended during its start: read .*child\.log(?s:.*)the disk is full"):
        child.wait_until(lambda: False, seconds=10)


def test_a_child_that_does_not_answer_in_time_is_reported(processes: Processes, tmp_path: Path) -> None:
    child = processes.start(_launch(tmp_path, SLEEP))

    with pytest.raises(ServerProblem, match="did not respond within 0 seconds: read"):
        child.wait_until(lambda: False, seconds=0.1)


def test_another_process_with_a_recorded_pid_is_not_stopped(processes: Processes, tmp_path: Path) -> None:
    with subprocess.Popen(SLEEP) as other:
        record = {"name": "child", "pid": other.pid, "started": "another time"}
        (tmp_path / "run/processes.json").write_text(json.dumps([record]))

        stopped = processes.stop_orphans()

        assert stopped == []
        assert other.poll() is None
        other.kill()


def test_processes_of_another_release_are_stopped(processes: Processes, tmp_path: Path) -> None:
    with subprocess.Popen(SLEEP, start_new_session=True) as left:
        entry = entry_of(left.pid)
        assert entry is not None
        record = {"name": "child", "pid": left.pid, "started": entry.started, "command": "of an older release"}
        (tmp_path / "run/processes.json").write_text(json.dumps([record]))

        assert processes.stop_orphans(timeout=0.1) == ["child"]


def test_a_child_does_not_run_if_it_cannot_be_recorded(processes: Processes, tmp_path: Path) -> None:
    (tmp_path / "run/processes.new").mkdir()  # not even root can write the record now

    with pytest.raises(OSError, match=r"processes\.new"):
        processes.start(_launch(tmp_path, PRINTS_UP))

    assert (tmp_path / "child.log").read_text() == ""


def test_children_are_stopped_if_the_record_cannot_be_written(processes: Processes, tmp_path: Path) -> None:
    children = [processes.start(_launch(tmp_path, SLEEP)) for _ in range(2)]
    (tmp_path / "run/processes.new").mkdir()

    for child in children:
        processes.stop(child)

    assert [child.process.returncode for child in children] == [-signal.SIGTERM] * 2
    assert processes.stop_orphans() == []


@pytest.mark.parametrize("record", ["", "[", "{}", '[{"pid": 1}]', "null"])
def test_a_damaged_record_is_ignored(processes: Processes, tmp_path: Path, record: str) -> None:
    (tmp_path / "run/processes.json").write_text(record)

    assert processes.stop_orphans() == []


def _launch(folder: Path, command: list[str]) -> Launch:
    return Launch("child", "child", command, folder / "child.log")
