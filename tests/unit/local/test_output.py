"""Output of the local stack on a full disk, without a reader, and with a closed stream."""

import os
import resource
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tools.local.log_file import read_records
from tools.local.output import LossyWriter


class _Disk:
    """Accepts lines until it is full."""

    def __init__(self) -> None:
        self.is_full = False
        self.lines: list[str] = []

    def write(self, line: str) -> None:
        if self.is_full:
            raise OSError(28, "No space left on device")
        self.lines.append(line)


def test_writer_reports_the_first_failure_and_then_the_number_of_lost_lines() -> None:
    disk, messages = _Disk(), list[str]()
    writer = LossyWriter(
        disk.write,
        on_failure=lambda error: messages.append(str(error.strerror)),
        on_recovery=lambda missing: messages.append(f"{missing} missing"),
    )

    for line, is_full in (("a", False), ("b", True), ("c", True), ("d", False), ("e", False)):
        disk.is_full = is_full
        writer.write(line)

    assert disk.lines == ["a", "d", "e"]
    assert messages == ["No space left on device", "2 missing"]


def test_line_after_a_truncated_one_is_on_its_own_line(tmp_path: Path) -> None:
    file = tmp_path / "log"
    done = _with_files_of_a_limited_size(
        f"""
        with open({str(file)!r}, "ab", buffering=0) as stream:
            descriptor = FileDescriptor(stream.fileno())
            for line in ("1234567\\n", "1234567\\n"):
                LossyWriter(descriptor.write).write(line)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
            descriptor.write("next\\n")
        """,
        most_bytes=12,
    )

    assert done.returncode == 0, done.stderr
    assert file.read_text() == "1234567\n1234\nnext\n"


def test_log_file_has_complete_lines_only_after_a_full_disk(tmp_path: Path) -> None:
    file = tmp_path / "functions.log"
    done = _with_files_of_a_limited_size(
        f"""
        log = LossyWriter(RotatingLogFile(Path({str(file)!r})).write)
        log.write('{{"n": 1}}')
        log.write('{{"n": 2}}')
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        log.write('{{"n": 3}}')
        """,
        most_bytes=12,
    )

    assert done.returncode == 0, done.stderr
    assert list(read_records(file)) == [{"n": 1}, {"n": 3}]


@pytest.mark.parametrize("stdout", ["/dev/full", "closed", "a pipe without a reader"])
def test_process_succeeds_when_stdout_cannot_be_written(stdout: str, tmp_path: Path) -> None:
    program = """
        from tools.local.output import STANDARD_OUTPUT, LossyWriter, open_standard_streams, print_message
        open_standard_streams()
        log = LossyWriter(STANDARD_OUTPUT.write)
        log.write("line\\n")
        with open("file", "w") as file:
            log.write("line\\n")
        print_message("the end")
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
    """Run a program that can write `most_bytes` per file, as on a full disk, until it raises the limit."""
    opening = f"""
        import resource, signal
        from pathlib import Path
        from tools.local.log_file import RotatingLogFile
        from tools.local.output import FileDescriptor, LossyWriter
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, ({most_bytes}, 1000))
    """
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    command = [sys.executable, "-c", textwrap.dedent(opening) + textwrap.dedent(program)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
