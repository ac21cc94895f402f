"""One execution environment: a worker process with its socket and its output."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.local.lambdas.worker_settings import search_path, variables

if TYPE_CHECKING:
    from tools.local.logs import Log
    from tools.templates.model import Function

_WORKER = Path(__file__).with_name("worker.py")
_INIT_TIMEOUT = 10.0  # seconds; limit of Lambda for the init phase
_EXIT_TIMEOUT = 1.0  # seconds for a worker to exit before it is killed


@dataclass(frozen=True, slots=True)
class InvocationResult:
    """The result of an invocation in JSON. With `is_error`, it describes an error."""

    request_id: str
    payload: bytes
    is_error: bool = False


def error_result(request_id: str, error_type: str, message: str) -> InvocationResult:
    return InvocationResult(
        request_id, json.dumps({"errorType": error_type, "errorMessage": message}).encode(), is_error=True
    )


class Environment:
    """Starts with its first event, and handles one event at a time."""

    def __init__(self, function: Function, *, aws_endpoint_url: str, log: Log) -> None:
        self.function = function
        self.invocations = 0
        self.busy = False
        self._log = log
        self._variables = variables(function, aws_endpoint_url)
        self._request_id = ""
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._alive: int | None = None  # our end of the pipe; the worker exits when it closes
        self._pumps: list[asyncio.Task[None]] = []
        self._killers: list[asyncio.Task[None]] = []
        self._finished = False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def is_alive(self) -> bool:
        if self._finished or self._process is None or self._process.returncode is not None:
            return False
        return not _has_exited(self._process.pid)

    async def invoke(self, event: bytes, request_id: str, trace: str) -> InvocationResult:
        """Returns the result of the worker. Timeouts and crashes are errors as in Lambda, and end the environment."""
        self.busy, self._request_id = True, request_id
        try:
            init = await self._ready(request_id)
            if isinstance(init, InvocationResult):
                return init
            return await self._answer(event, request_id, trace, init)
        finally:
            self.busy = False
            self.invocations += 1

    def end(self) -> None:
        """Let the worker exit, and kill it after a timeout."""
        if self._writer is not None:
            self._writer.close()
        if self.is_alive and not self.busy:
            self._finished = True
            self._killers.append(asyncio.create_task(self._kill_after(_EXIT_TIMEOUT)))
        else:
            self._kill()

    async def wait_ended(self) -> None:
        """Wait, after `end`, until the worker has exited and its output is read."""
        if self._process is not None:
            await self._process.wait()
        if self._pumps:
            await asyncio.wait(self._pumps, timeout=_EXIT_TIMEOUT)
        for task in (*self._pumps, *self._killers):
            task.cancel()
        await asyncio.gather(*self._pumps, *self._killers, return_exceptions=True)
        if self._alive is not None:
            os.close(self._alive)
            self._alive = None

    async def _ready(self, request_id: str) -> float | InvocationResult:
        """Returns the milliseconds of the init phase, 0 for a running worker, or the error of a failed start."""
        if self._process is not None:
            return 0.0
        await self._start()
        try:
            async with asyncio.timeout(_INIT_TIMEOUT):
                letter, payload = await self._receive()
        except TimeoutError:
            self._kill()
            return self._failed(request_id, "Sandbox.Timedout", f"Init took longer than {_INIT_TIMEOUT:.0f} seconds")
        except asyncio.IncompleteReadError:
            return await self._crashed(request_id)
        if letter == "X":
            self._kill()
            return self._reported(InvocationResult(request_id, payload, is_error=True))
        return float(json.loads(payload)["init_ms"])

    async def _answer(self, event: bytes, request_id: str, trace: str, init_ms: float) -> InvocationResult:
        started = time.perf_counter()
        timeout = self.function.timeout
        invocation = {
            "request_id": request_id,
            "arn": self.function.arn,
            "trace": trace,
            "deadline_ms": (time.time() + timeout) * 1000,
        }
        try:
            async with asyncio.timeout(timeout):
                await self._send(json.dumps(invocation).encode() + b"\n" + event)
                letter, payload = await self._receive()
        except TimeoutError:
            self._kill()
            return self._failed(request_id, "Sandbox.Timedout", f"Task timed out after {timeout:.2f} seconds")
        except (asyncio.IncompleteReadError, ConnectionError):
            return await self._crashed(request_id)
        except asyncio.CancelledError:
            self._kill()
            raise
        self._log.report(self.function.logical_id, request_id, (time.perf_counter() - started) * 1000, init_ms)
        result = InvocationResult(request_id, payload, is_error=letter == "E")
        return self._reported(result) if result.is_error else result

    async def _start(self) -> None:
        ours, theirs = socket.socketpair()
        hangup, self._alive = os.pipe()
        with theirs, os.fdopen(hangup, "rb", buffering=0):
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-S", "-P", "-u", str(_WORKER), str(theirs.fileno()), str(hangup)),
                *search_path(self.function),
                env=self._variables,
                cwd=self.function.code,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                pass_fds=[theirs.fileno(), hangup],
                start_new_session=True,  # Ctrl-C reaches the stack only
            )
        self._reader, self._writer = await asyncio.open_unix_connection(sock=ours)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                self._pumps.append(asyncio.create_task(self._pump(stream)))

    async def _pump(self, stream: asyncio.StreamReader) -> None:
        rest = b""
        while chunk := await stream.read(1 << 16):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._log.line(self.function.logical_id, self._request_id, line.decode(errors="replace"))
        if rest:
            self._log.line(self.function.logical_id, self._request_id, rest.decode(errors="replace"))

    async def _send(self, body: bytes) -> None:
        assert self._writer is not None  # noqa: S101  set by _start
        self._writer.write(len(body).to_bytes(4, "big") + body)
        await self._writer.drain()

    async def _receive(self) -> tuple[str, bytes]:
        assert self._reader is not None  # noqa: S101  set by _start
        length = int.from_bytes(await self._reader.readexactly(4), "big")
        body = await self._reader.readexactly(length)
        return chr(body[0]), body[1:]

    async def _crashed(self, request_id: str) -> InvocationResult:
        self._kill_group()  # processes that the worker started may still run
        self._finished = True
        code = await self._process.wait() if self._process else 0
        how = f"signal: {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        return self._failed(request_id, "Runtime.ExitError", f"Error: Runtime exited with error: {how}")

    def _failed(self, request_id: str, error_type: str, message: str) -> InvocationResult:
        return self._reported(error_result(request_id, error_type, f"RequestId: {request_id} {message}"))

    def _reported(self, result: InvocationResult) -> InvocationResult:
        self._log.function_error(self.function.logical_id, result.request_id, json.loads(result.payload))
        return result

    async def _kill_after(self, seconds: float) -> None:
        if self._process is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), seconds)
        self._kill()

    def _kill(self) -> None:
        self._finished = True
        if self._process is not None and self._process.returncode is None:
            self._kill_group()

    def _kill_group(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)  # with all processes that the function started


def _has_exited(pid: int) -> bool:
    # Asks the kernel, because the event loop reports an exit only some time after it.
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:  # the event loop has just reaped it
        return True


def environment_info(environment: Environment) -> dict[str, Any]:
    return {
        "function": environment.function.logical_id,
        "pid": environment.pid,
        "busy": environment.busy,
        "invocations": environment.invocations,
    }
