"""Child processes and the runner's lock: whatever dies in whatever way, nothing is left and no stranger is touched."""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools.local.runner_lock import AlreadyRunning, held
from tools.local.servers.problems import ServerProblem
from tools.local.servers.process_table import _entry_from_ps, entry_of, is_running
from tools.local.servers.processes import Launch, Processes

_STUBBORN = ["/bin/sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.1; done"]
_SLEEP = ["/bin/sleep", "60"]
_UP = ["/bin/sh", "-c", "echo up; exec sleep 60"]


def test_a_child_is_on_record_before_it_does_anything(processes: Processes, tmp_path: Path) -> None:
    child = processes.start(_launch(tmp_path, ["/bin/cat", str(tmp_path / "run/processes.json")]))

    child.process.wait(10)

    assert [record["pid"] for record in json.loads(child.log_file.read_text())] == [child.process.pid]


def test_a_child_has_a_session_of_its_own_so_that_ctrl_c_reaches_the_runner_alone(
    processes: Processes, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", "import os; print(os.getsid(0) == os.getpid())"]
    child = processes.start(_launch(tmp_path, command))

    child.process.wait(10)

    assert child.log_file.read_text() == "True\n"


def test_a_stopped_child_is_gone_and_off_the_record(processes: Processes, tmp_path: Path) -> None:
    child = processes.start(_launch(tmp_path, _SLEEP))

    processes.stop(child)

    assert child.process.returncode == -signal.SIGTERM
    assert _recorded(tmp_path) == []


def test_a_child_that_is_deaf_to_sigterm_is_killed_after_a_while(processes: Processes, tmp_path: Path) -> None:
    child = processes.start(_launch(tmp_path, _STUBBORN))
    _wait_until(lambda: "deaf" in child.log_file.read_text())

    processes.stop(child, patience=0.2)

    assert child.process.returncode == -signal.SIGKILL


def test_what_a_child_started_ends_with_it(processes: Processes, tmp_path: Path) -> None:
    child = processes.start(_launch(tmp_path, ["/bin/sh", "-c", "trap '' HUP; sleep 61 & echo $!; wait"]))
    _wait_until(lambda: child.log_file.read_text().endswith("\n"))
    grandchild = int(child.log_file.read_text())

    processes.stop(child)

    _wait_until(lambda: not is_running(grandchild))


def test_a_child_is_recognised_at_every_moment_of_its_start(processes: Processes, tmp_path: Path) -> None:
    recognised = []
    for _ in range(100):
        child = processes.start(_launch(tmp_path, _SLEEP))
        # From here on it becomes one program after the other.
        recognised += [child.record.is_running() for _ in range(20)]
        child.process.kill()

    assert len(recognised) == 2000
    assert all(recognised)
    assert all(record["started"] for record in _recorded(tmp_path))


def test_a_child_that_nobody_has_collected_counts_as_ended(processes: Processes, tmp_path: Path) -> None:
    child = processes.start(_launch(tmp_path, ["/bin/true"]))

    os.waitid(os.P_PID, child.process.pid, os.WEXITED | os.WNOWAIT)

    assert entry_of(child.process.pid) is not None
    assert not child.record.is_running()


def test_ps_knows_a_process_from_its_start_to_its_end() -> None:
    with subprocess.Popen(["/bin/sh", "-c", "exec sleep 60"]) as process:
        running = _entry_from_ps(process.pid)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        ended = _entry_from_ps(process.pid)

    assert running is not None
    assert ended is not None
    assert (running.has_ended, ended.has_ended) == (False, True)
    assert _entry_from_ps(process.pid) is None


def test_a_child_that_ends_at_once_is_reported_with_the_end_of_its_log(processes: Processes, tmp_path: Path) -> None:
    child = processes.start(_launch(tmp_path, ["/bin/sh", "-c", "echo the disk is full; exit 1"]))

    with pytest.raises(ServerProblem, match=r"ended during its start: read .*child\.log(?s:.*)the disk is full"):
        child.wait_until(lambda: False, seconds=10)


def test_a_child_that_never_answers_is_reported(processes: Processes, tmp_path: Path) -> None:
    child = processes.start(_launch(tmp_path, _SLEEP))

    with pytest.raises(ServerProblem, match="did not respond within 0 seconds: read"):
        child.wait_until(lambda: False, seconds=0.1)


def test_what_a_killed_runner_left_is_stopped_and_nothing_else(processes: Processes, tmp_path: Path) -> None:
    with subprocess.Popen(_SLEEP) as stranger:
        runner, child = _runner_with_a_child(tmp_path, _STUBBORN)
        _wait_until(lambda: "deaf" in (tmp_path / "child.log").read_text())
        runner.kill()
        runner.wait()
        was_there = is_running(child)

        stopped = processes.stop_leftovers(patience=0.2)

        assert was_there
        assert stopped == ["child"]
        assert not is_running(child)
        assert stranger.poll() is None
        assert _recorded(tmp_path) == []
        stranger.kill()


@pytest.mark.skipif(not shutil.which("setpriv"), reason="only Linux can tie a child to its starter")
def test_the_children_of_a_killed_runner_are_asked_to_end_by_the_kernel(tmp_path: Path) -> None:
    runner, child = _runner_with_a_child(tmp_path, _UP)
    _wait_until(lambda: "up" in (tmp_path / "child.log").read_text())

    runner.kill()
    runner.wait()

    _wait_until(lambda: not is_running(child))


def test_a_stranger_that_got_a_recorded_pid_is_left_alone(processes: Processes, tmp_path: Path) -> None:
    with subprocess.Popen(_SLEEP) as stranger:
        record = {"name": "child", "pid": stranger.pid, "started": "another time"}
        (tmp_path / "run/processes.json").write_text(json.dumps([record]))

        stopped = processes.stop_leftovers()

        assert stopped == []
        assert stranger.poll() is None
        stranger.kill()


def test_what_another_release_left_is_stopped(processes: Processes, tmp_path: Path) -> None:
    with subprocess.Popen(_SLEEP, start_new_session=True) as left:
        entry = entry_of(left.pid)
        assert entry is not None
        record = {"name": "child", "pid": left.pid, "started": entry.started, "command": "of an older release"}
        (tmp_path / "run/processes.json").write_text(json.dumps([record]))

        assert processes.stop_leftovers(patience=0.1) == ["child"]


def test_a_child_that_cannot_be_recorded_does_not_run(processes: Processes, tmp_path: Path) -> None:
    (tmp_path / "run/processes.new").mkdir()  # as unwritable as a full disk, for root too

    with pytest.raises(OSError, match=r"processes\.new"):
        processes.start(_launch(tmp_path, _UP))

    assert (tmp_path / "child.log").read_text() == ""


def test_children_are_stopped_although_the_record_cannot_be_written(processes: Processes, tmp_path: Path) -> None:
    children = [processes.start(_launch(tmp_path, _SLEEP)) for _ in range(2)]
    (tmp_path / "run/processes.new").mkdir()

    for child in children:
        processes.stop(child)

    assert [child.process.returncode for child in children] == [-signal.SIGTERM] * 2
    assert processes.stop_leftovers() == []


@pytest.mark.parametrize("record", ["", "[", "{}", '[{"pid": 1}]', "null"])
def test_a_damaged_record_stops_nothing_and_harms_nothing(processes: Processes, tmp_path: Path, record: str) -> None:
    (tmp_path / "run/processes.json").write_text(record)

    assert processes.stop_leftovers() == []


def test_a_second_runner_is_told_where_the_first_one_is(tmp_path: Path) -> None:
    with held(tmp_path):
        (tmp_path / "run/stack.json").write_text('{"url": "http://127.0.0.1:3000"}')

        with pytest.raises(AlreadyRunning, match=r"already runs at http://127\.0\.0\.1:3000 \(process \d+\)"):
            held(tmp_path).__enter__()


def test_the_lock_of_a_killed_runner_is_free_although_its_child_lives_on(tmp_path: Path) -> None:
    runner, child = _runner_with_a_child(tmp_path, _STUBBORN)
    _wait_until(lambda: "deaf" in (tmp_path / "child.log").read_text())
    with pytest.raises(AlreadyRunning, match=f"process {runner.pid}"):
        held(tmp_path).__enter__()

    runner.kill()
    runner.wait()

    with held(tmp_path):
        assert is_running(child)
        Processes(tmp_path / "run").stop_leftovers(patience=0.1)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """The processes of a folder; what a test leaves of them is killed."""
    made = Processes(tmp_path / "run")
    yield made
    for child in list(made._children.values()):
        made.stop(child, patience=0)


def _launch(folder: Path, command: list[str]) -> Launch:
    return Launch("child", "child", command, folder / "child.log")


def _recorded(folder: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((folder / "run/processes.json").read_text())
    return found


def _runner_with_a_child(folder: Path, command: list[str]) -> tuple["subprocess.Popen[bytes]", int]:
    """A process that holds the lock and has started the command, and the pid of that."""
    script = f"""
        import time
        from pathlib import Path
        from tools.local.runner_lock import held
        from tools.local.servers.processes import Launch, Processes
        folder = Path({str(folder)!r})
        with held(folder):
            Processes(folder / "run").start(Launch("child", "child", {command!r}, folder / "child.log"))
            (folder / "started").touch()
            time.sleep(60)
    """
    runner = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)])
    _wait_until((folder / "started").exists)
    record = json.loads((folder / "run/processes.json").read_text())[0]
    return runner, int(record["pid"])


def _wait_until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 180  # ends a test that would hang, and decides nothing else
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
