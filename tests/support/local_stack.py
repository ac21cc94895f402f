"""Runs a local stack in a thread of the test's process, and sends requests to it."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tools.local.events.resources import client
from tools.local.lambdas.limits import Limits
from tools.local.logs import Log
from tools.local.stack import Invoke, serve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from pathlib import Path

    from tools.local.stack_info import StackInfo

_PATIENCE = 180.0  # seconds; only ends a test that hangs
QUICK = Limits(environments_per_function=4, idle=60.0, async_retry_delays=(0.05, 0.05))


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. Header names in lower case; repeated headers are in `all_headers`."""

    status: int
    all_headers: list[tuple[str, str]]
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.all_headers}

    def json(self) -> Any:
        return json.loads(self.body)


class LocalStack:
    """A running stack. Use it as a context manager."""

    def __init__(
        self,
        template: Path,
        folder: Path,
        aws_endpoint_url: str,
        *,
        stripe_url: str | None = None,
        limits: Limits = QUICK,
        prepare: Callable[[Invoke], Awaitable[None]] | None = None,
        **parameters: str,
    ) -> None:
        self.notebook = folder / "notebook"
        self.notebook.mkdir()
        self.output = io.StringIO()
        self._aws_endpoint_url = aws_endpoint_url
        self._ready = threading.Event()
        self.failure: BaseException | None = None
        self._arguments: dict[str, Any] = {
            "database_url": "mysql://nowhere",
            "redis_url": "redis://nowhere",
            "aws_endpoint_url": aws_endpoint_url,
            "stripe_url": stripe_url,
            "data_folder": folder,
            "port": 0,
            "throttle": True,
            "on_ready": self._on_ready,
            "template": template,
            "prepare": prepare,
            "parameters": {"Notebook": str(self.notebook), **parameters},
            "limits": limits,
            "log": Log(self.output, debug=True, readable=False),
        }
        self._thread = threading.Thread(target=self._run, name="local stack")

    def __enter__(self) -> LocalStack:
        self._thread.start()
        assert self._ready.wait(_PATIENCE), "the stack is not ready"
        if self.failure is not None:
            raise self.failure
        return self

    def __exit__(self, *_: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self.wait()

    def wait(self) -> None:
        """Wait until the stack has ended."""
        self._thread.join(_PATIENCE)
        assert not self._thread.is_alive(), "the stack does not stop"

    def request(
        self, method: str, path: str, body: bytes | str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(self.info.url).netloc, timeout=_PATIENCE)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def script(self, path: str = "/scripted", **script: Any) -> Answer:
        """Run a script in the scripted function."""
        return self.request("POST", path, json.dumps(script))

    def facts(self) -> dict[str, Any]:
        """The environment and context of the scripted function."""
        facts: dict[str, Any] = self.script().json()
        return facts

    def environments(self, function: str) -> list[dict[str, Any]]:
        connection = http.client.HTTPConnection(urlsplit(self.info.control_url).netloc, timeout=_PATIENCE)
        try:
            connection.request("GET", "/environments")
            listed = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return [environment for environment in listed if environment["function"] == function]

    def aws(self, service: str) -> Any:
        """A boto3 client: of the stack for Lambda, of the moto server for all other services."""
        return client(service, self.info.control_url if service == "lambda" else self._aws_endpoint_url)

    def notes(self, name: str) -> list[Any]:
        """The events that functions without an answer have recorded."""
        file = self.notebook / name
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.output.getvalue().splitlines()]

    def _run(self) -> None:
        async def run() -> None:
            self._loop = asyncio.get_running_loop()
            self._task = asyncio.ensure_future(serve(**self._arguments))
            await asyncio.wait([self._task])
            if not self._task.cancelled():
                self.failure = self._task.exception()

        asyncio.run(run())
        self._ready.set()

    def _on_ready(self, info: StackInfo) -> None:
        self.info = info
        self._ready.set()


def eventually[T](look: Callable[[], T]) -> T:
    """Call `look` until its result is true. Returns the result."""
    for _ in _attempts():
        if found := look():
            return found
    raise AssertionError("the condition never became true")


def _attempts() -> Iterator[None]:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        yield
        time.sleep(0.02)
