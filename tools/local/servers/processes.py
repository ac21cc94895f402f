"""The child processes of one data folder. They are recorded, so that the next run can stop those of a killed run."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.local.servers.problems import ServerProblem, last_lines
from tools.local.servers.process_table import entry_of

_POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Launch:
    """A command to start. `title` is its name in messages."""

    name: str
    title: str
    command: Sequence[str]
    log_file: Path
    environment: Mapping[str, str] | None = None
    restart_arguments: Sequence[str] = ()


@dataclass(frozen=True)
class Record:
    """The identity of a child process, for a later run."""

    name: str
    pid: int
    started: str

    def is_running(self) -> bool:
        """Whether this process runs. Another process with the same pid does not count."""
        entry = entry_of(self.pid)
        return entry is not None and entry.started == self.started and not entry.has_ended


@dataclass(frozen=True)
class Child:
    """A child of this process."""

    record: Record
    title: str
    process: subprocess.Popen[bytes]
    log_file: Path

    def end(self) -> str | None:
        """Returns how the process ended, such as `signal SIGKILL`, or None while it runs."""
        code = self.process.poll()
        if code is None:
            return None
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"

    def wait_until(self, is_ready: Callable[[], bool], seconds: float) -> None:
        """Wait until the server responds.

        Raises:
            ServerProblem: the server ended, or did not respond within the seconds.
        """
        deadline = time.monotonic() + seconds
        while not is_ready():
            if self.process.poll() is not None:
                raise self._problem(f"{self.title} ended during its start")
            if time.monotonic() > deadline:
                raise self._problem(f"{self.title} did not respond within {seconds:.0f} seconds")
            time.sleep(_POLL_SECONDS)

    def _problem(self, what: str) -> ServerProblem:
        return ServerProblem(f"{what}: read {self.log_file}, which ends with\n{last_lines(self.log_file)}")


class Processes:
    """The recorded child processes of one run folder."""

    def __init__(self, run_folder: Path) -> None:
        run_folder.mkdir(parents=True, exist_ok=True)
        self._file = run_folder / "processes.json"
        self._lock = threading.Lock()
        self._children: dict[int, Child] = {}

    def start(self, launch: Launch, *, is_restart: bool = False) -> Child:
        """Start a command. It ends with `stop` and, on Linux, with the thread that calls this method.

        A restart appends to the log; a start empties it.

        The child waits for a line on its standard input before it executes the command. It is therefore recorded before
        it does anything, and ends if this process is killed in between.

        Raises:
            OSError: its log or the record cannot be written. The child is stopped.
        """
        launch.log_file.parent.mkdir(parents=True, exist_ok=True)
        command = [*launch.command, *launch.restart_arguments] if is_restart else launch.command
        with launch.log_file.open("ab" if is_restart else "wb") as log:
            process = subprocess.Popen(
                ["/bin/sh", "-c", _start_script(), "sh", *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=_without_our_variables(launch.environment),
                start_new_session=True,  # Ctrl-C reaches the runner only, which stops the servers in order
            )
        try:
            child = self._record(launch, process)
        except BaseException:
            process.communicate()  # closes its standard input, which ends it
            raise
        if process.stdin:
            with contextlib.suppress(BrokenPipeError):  # it was killed meanwhile; Child.end returns how
                process.stdin.write(b"go\n")
                process.stdin.close()
        return child

    def stop(self, child: Child, timeout: float = 10) -> None:
        """Terminate the process group of the child, and kill it after `timeout` seconds."""
        _signal_group(child.process.pid, signal.SIGTERM)
        try:
            child.process.wait(timeout)
        except subprocess.TimeoutExpired:
            pass
        finally:
            # Also after a normal end, because processes that the server started may remain in its group.
            _signal_group(child.process.pid, signal.SIGKILL)
            child.process.wait()
            self._forget(child.record)

    def stop_orphans(self, timeout: float = 20) -> list[str]:
        """Stop the recorded processes of a killed runner. Returns the names of those that still ran."""
        orphans = [record for record in self._read() if record.pid not in self._children and record.is_running()]
        for record in orphans:
            _signal_group(record.pid, signal.SIGTERM)
        _wait_for_end_of(orphans, timeout)
        for record in orphans:
            if record.is_running():
                _signal_group(record.pid, signal.SIGKILL)
        _wait_for_end_of(orphans, timeout)
        with self._lock:
            self._write_if_possible([child.record for child in self._children.values()])
        return [record.name for record in orphans]

    def _record(self, launch: Launch, process: "subprocess.Popen[bytes]") -> Child:
        entry = entry_of(process.pid)  # it exists until the process is reaped
        if entry is None:
            raise ServerProblem(f"{launch.title} was not started: the system does not list its own processes")
        child = Child(Record(launch.name, process.pid, entry.started), launch.title, process, launch.log_file)
        with self._lock:
            self._write([*self._read(), child.record])
            self._children[process.pid] = child
        return child

    def _forget(self, record: Record) -> None:
        with self._lock:
            self._children.pop(record.pid, None)
            self._write_if_possible([kept for kept in self._read() if kept != record])

    def _read(self) -> list[Record]:
        try:
            listed = json.loads(self._file.read_text())
            # By name, because the record of another release may have further fields.
            return [Record(each["name"], each["pid"], each["started"]) for each in listed]
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return []

    def _write_if_possible(self, records: Sequence[Record]) -> None:
        # On a full disk, the old record stays. It lists ended processes, which is better than an incomplete stop.
        with contextlib.suppress(OSError):
            self._write(records)

    def _write(self, records: Sequence[Record]) -> None:
        unfinished = self._file.with_suffix(".new")
        unfinished.write_text(json.dumps([asdict(record) for record in records], indent=2))
        unfinished.replace(self._file)


def _without_our_variables(environment: Mapping[str, str] | None) -> dict[str, str]:
    # These contain passwords, which the local servers do not need.
    inherited = os.environ if environment is None else environment
    return {name: value for name, value in inherited.items() if not name.startswith("MICROSHOP_")}


def _start_script() -> str:
    # With setpriv, the kernel sends SIGTERM to the child when its parent dies, even by SIGKILL. Without setpriv
    # (macOS), the next run stops the recorded processes.
    setpriv = shutil.which("setpriv")
    tie_to_parent = f"{setpriv} --pdeathsig TERM -- " if setpriv else ""
    return f'read -r go && exec {tie_to_parent}"$@" </dev/null'


def _signal_group(leader: int, number: signal.Signals) -> None:
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):  # macOS raises PermissionError for a group of zombies
        return


def _wait_for_end_of(records: Sequence[Record], timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and any(record.is_running() for record in records):
        time.sleep(_POLL_SECONDS)
