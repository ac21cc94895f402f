"""Runs the shop in a separate process, as a developer does, and knows the addresses of its parts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import boto3
import requests

from microshop.platform.mysql import Database
from microshop.platform.settings import ServerAddress
from tools.local.invocation import invoke
from tools.local.servers import aws_paths

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
_PATIENCE_SECONDS = 240.0  # only ends a test that hangs


class Runner:
    """`python -m tools.local run` with its own data folder. A context manager; can be killed and restarted."""

    def __init__(self, data_folder: Path, python: Path = Path(sys.executable), **parameters: str) -> None:
        self.data_folder = data_folder
        self.python = python
        self._parameters = [f"--parameter={name}={value}" for name, value in parameters.items()]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def log(self) -> str:
        """The output since the first start."""
        return (self.data_folder / "runner.log").read_text(encoding="utf-8")

    @property
    def pid(self) -> int:
        """The process id of the runner."""
        assert self._process is not None
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether the runner has ended without `stop`."""
        assert self._process is not None
        return self._process.poll() is not None

    def pid_of(self, server: str) -> int | None:
        """The process id of a running server, such as `database`."""
        recorded = json.loads((self.data_folder / "run" / "processes.json").read_text(encoding="utf-8"))
        return next((entry["pid"] for entry in recorded if entry["name"] == server), None)

    def start(self) -> None:
        """Start the shop and wait until it serves."""
        self.data_folder.mkdir(parents=True, exist_ok=True)
        (self.data_folder / "run" / "stack.json").unlink(missing_ok=True)  # left by a killed runner
        command = [str(self.python), "-m", "tools.local", "--data-folder", str(self.data_folder), "run", "--port=0"]
        with (self.data_folder / "runner.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *self._parameters],
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "LOCAL_THROTTLE": "off", "LOG_FORMAT": "json"},
            )
        eventually(self._is_ready, "the shop serves")

    def stop(self) -> int:
        """Stop the shop as Ctrl-C does. Returns its exit code."""
        return self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kill the runner, which cannot clean up."""
        self._end(signal.SIGKILL)

    @property
    def url(self) -> str:
        """The URL of the API."""
        return str(self.parts["url"])

    @property
    def parts(self) -> dict[str, Any]:
        """The addresses of its parts, from the file that it writes."""
        found: dict[str, Any] = json.loads((self.data_folder / "run" / "stack.json").read_text(encoding="utf-8"))
        return found

    def database(self) -> Database:
        """A new connection to the shop's database."""
        folder = self.data_folder / "mysql"
        port, password = int((folder / "port").read_text()), (folder / "password").read_text().strip()
        return Database(ServerAddress("127.0.0.1", port, "microshop_app", password, "microshop", tls=None))

    @property
    def redis_url(self) -> str:
        """The URL of the shop's Redis."""
        folder = self.data_folder / "redis"
        return (
            f"redis://:{(folder / 'password').read_text().strip()}@127.0.0.1:{(folder / 'port').read_text().strip()}/0"
        )

    @property
    def stripe_url(self) -> str:
        """The URL of the shop's payment provider, which has local routes (`/_webhooks`, `/_faults`)."""
        return str(self.parts["stripe_url"])

    def invoke(self, function: str, event: object = None) -> Any:
        """Invoke a function, as an operator or a schedule does. Returns its result."""
        return invoke(self.data_folder, function, json.dumps(event or {}))

    def log_lines(self) -> list[dict[str, Any]]:
        """The log lines of functions since the first start."""
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]

    def aws(self, service: str) -> Any:
        """A boto3 client of the AWS stand-in."""
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.parts["aws_endpoint_url"],
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )

    def mails(self) -> list[dict[str, Any]]:
        """The mails that SES has accepted."""
        url = f"{self.parts['aws_endpoint_url']}{aws_paths.MAILS}"
        found: list[dict[str, Any]] = requests.get(url, timeout=_PATIENCE_SECONDS).json()
        return found

    def environments(self, function: str) -> list[int]:
        """The process ids of a function's environments."""
        listed = requests.get(f"{self.parts['control_url']}/environments", timeout=10).json()
        return [entry["pid"] for entry in listed if entry["function"] == function and entry["pid"]]

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log
        return (self.data_folder / "run" / "stack.json").exists()

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(number)
        code = self._process.wait(timeout=_PATIENCE_SECONDS)
        self._process = None
        return code


def eventually(holds: Callable[[], object], what: str, seconds: float = _PATIENCE_SECONDS) -> None:
    """Wait until `holds()` is true. Fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"did not happen: {what}"
        time.sleep(0.1)
