"""Output of the local stack while the disk is full, the reader is gone or the stream is closed."""

import os
import resource
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tools.local.kept_log import kept_records
from tools.local.outlet import Outlet


class _Disk:
    """Accepts lines until it is full."""

    def __init__(self) -> None:
        self.is_full = False
        self.lines: list[str] = []

    def write(self, line: str) -> None:
        if self.is_full:
            raise OSError(28, "No space left on device")
        self.lines.append(line)


def test_outlet_reports_lost_lines_once_and_then_their_number() -> None:
    disk, said = _Disk(), list[str]()
    outlet = Outlet(
        disk.write,
        lost=lambda error: said.append(str(error.strerror)),
        found=lambda missing: said.append(f"{missing} missing"),
    )

    for line, is_full in (("a", False), ("b", True), ("c", True), ("d", False), ("e", False)):
        disk.is_full = is_full
        outlet.write(line)

    assert disk.lines == ["a", "d", "e"]
    assert said == ["No space left on device", "2 missing"]


def test_truncated_line_does_not_spoil_the_next_one(tmp_path: Path) -> None:
    file = tmp_path / "log"
    done = _with_files_of_a_limited_size(
        f"""
        with open({str(file)!r}, "ab", buffering=0) as stream:
            descriptor = Descriptor(stream.fileno())
            for line in ("1234567\\n", "1234567\\n"):
                Outlet(descriptor.write).write(line)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
            descriptor.write("next\\n")
        """,
        most_bytes=12,
    )

    assert done.returncode == 0, done.stderr
    assert file.read_text() == "1234567\n1234\nnext\n"


def test_kept_log_keeps_a_line_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "functions.log"
    done = _with_files_of_a_limited_size(
        f"""
        log = Outlet(KeptLog(Path({str(file)!r})).write)
        log.write('{{"n": 1}}')
        log.write('{{"n": 2}}')
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        log.write('{{"n": 3}}')
        """,
        most_bytes=12,
    )

    assert done.returncode == 0, done.stderr
    assert list(kept_records(file)) == [{"n": 1}, {"n": 3}]


@pytest.mark.parametrize("stdout", ["/dev/full", "closed", "a pipe without a reader"])
def test_process_ends_well_when_stdout_cannot_be_written(stdout: str, tmp_path: Path) -> None:
    program = """
        from tools.local.outlet import STANDARD_OUTPUT, Outlet, open_standard_streams, say
        open_standard_streams()
        log = Outlet(STANDARD_OUTPUT.write)
        log.write("line\\n")
        with open("file", "w") as file:
            log.write("line\\n")
        say("the end")
    """
    redirection = {"/dev/full": ">/dev/full", "closed": ">&-", "a pipe without a reader": "| true"}[stdout]
    if stdout == "/dev/full" and not Path(stdout).exists():
        pytest.skip("only Linux has a device that is full")
    python = f"{sys.executable} -c {shlex.quote(textwrap.dedent(program))}"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", f"{python} {redirection}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "the end\n")
    assert (tmp_path / "file").read_text() == ""


def _with_files_of_a_limited_size(program: str, *, most_bytes: int) -> "subprocess.CompletedProcess[str]":
    """Run a program that can write `most_bytes` per file, as on a full disk, until it raises its limit."""
    opening = f"""
        import resource, signal
        from pathlib import Path
        from tools.local.kept_log import KeptLog
        from tools.local.outlet import Descriptor, Outlet
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, ({most_bytes}, 1000))
    """
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    command = [sys.executable, "-c", textwrap.dedent(opening) + textwrap.dedent(program)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
