"""Lambda execution environments: which exist for each function, and which of them takes the next event."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.local.environment import Environment

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping

    from infra.local.environment import Result
    from infra.local.logs import Log
    from infra.local.model import Function

_MAX_EVENT = 6 * 1024 * 1024  # bytes; Lambda's limit for a synchronous event


class Throttled(Exception):
    """The function's reserved concurrency is in use: Lambda's TooManyRequestsException."""


class EventTooLarge(Exception):
    """The event is larger than Lambda accepts: RequestEntityTooLargeException."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a laptop can bear. Seconds, except for the number of environments."""

    environments_per_function: int = 10
    idle: float = 300.0
    async_retry_delays: tuple[float, ...] = (60.0, 120.0)


class Pool:
    """The environments of one function.

    More events than environments wait for their turn; more than the reserved concurrency are throttled, as on AWS.
    """

    def __init__(self, function: Function, start: Callable[[Function], Environment], limits: Limits) -> None:
        self.function = function
        self.in_flight = 0
        self._start = start
        self._limits = limits
        self._slots = asyncio.Semaphore(limits.environments_per_function)
        self._environments: set[Environment] = set()
        self._idle: list[Environment] = []
        self._outdated: set[Environment] = set()

    @property
    def environments(self) -> Iterable[Environment]:
        return tuple(self._environments)

    async def invoke(self, event: bytes, request_id: str, trace: str) -> Result:
        if self.function.reserved is not None and self.in_flight >= self.function.reserved:
            raise Throttled(self.function.name)
        self.in_flight += 1
        try:
            async with self._slots:
                environment = self._take()
                try:
                    return await environment.invoke(event, request_id, trace)
                finally:
                    self._give_back(environment)
        finally:
            self.in_flight -= 1

    def replace_all(self) -> None:
        """New code: idle environments end now, busy ones after their event."""
        for environment in self._environments:
            self._outdated.add(environment)
        while self._idle:
            self._end(self._idle.pop())

    async def close(self) -> None:
        environments = list(self._environments)
        for environment in environments:
            self._end(environment)
        await asyncio.gather(*(environment.ended() for environment in environments))

    def _take(self) -> Environment:
        while self._idle:
            environment = self._idle.pop()  # the one used last, so that the others can grow old
            if environment.is_alive:
                return environment
            self._end(environment)
        environment = self._start(self.function)
        self._environments.add(environment)
        return environment

    def _give_back(self, environment: Environment) -> None:
        if environment.is_alive and environment not in self._outdated:
            self._idle.append(environment)
            asyncio.get_running_loop().call_later(self._limits.idle, self._retire, environment, environment.invocations)
        else:
            self._end(environment)

    def _retire(self, environment: Environment, invocations: int) -> None:
        if environment in self._idle and environment.invocations == invocations:
            self._idle.remove(environment)
            self._end(environment)

    def _end(self, environment: Environment) -> None:
        self._environments.discard(environment)
        self._outdated.discard(environment)
        environment.end()


class Environments:
    """All functions' environments: invokes a function by its name or logical id."""

    def __init__(
        self, functions: Mapping[str, Function], *, aws_endpoint_url: str, log: Log, limits: Limits | None = None
    ) -> None:
        self._limits = limits or Limits()
        self._log = log

        def start(function: Function) -> Environment:
            return Environment(function, aws_endpoint_url=aws_endpoint_url, log=log)

        self.pools = {name: Pool(function, start, self._limits) for name, function in functions.items()}
        self._names = {function.logical_id: name for name, function in functions.items()} | {
            name: name for name in functions
        }
        self._deliveries: set[asyncio.Task[None]] = set()
        self._running: set[asyncio.Task[Result]] = set()

    def function(self, name: str) -> Function:
        """The function of that name or logical id.

        Raises:
            KeyError: there is none.
        """
        return self.pools[self._names[name]].function

    async def invoke(self, name: str, event: bytes, *, trace: str | None = None) -> Result:
        """The function's answer to one event, which may be an error. An invocation outlives its caller.

        Raises:
            KeyError: there is no such function.
            Throttled: its reserved concurrency is used up.
            EventTooLarge: over 6 MiB.
        """
        if len(event) > _MAX_EVENT:
            raise EventTooLarge(name)
        pool = self.pools[self._names[name]]
        task = _spawn(self._running, pool.invoke(event, str(uuid.uuid4()), trace or new_trace()))
        return await asyncio.shield(task)

    def invoke_later(self, name: str, event: bytes, *, trace: str | None = None) -> str:
        """Lambda's asynchronous invocation: gives the request id at once, retries errors twice, then gives up."""
        pool = self.pools[self._names[name]]
        request_id = str(uuid.uuid4())
        _spawn(self._deliveries, self._deliver(pool, event, request_id, trace or new_trace()))
        return request_id

    async def drain(self, seconds: float) -> None:
        """Lets invocations that someone waits for end, for so long at most; asynchronous ones are not waited for."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)

    async def close(self) -> None:
        for task in (*self._deliveries, *self._running):
            task.cancel()
        await asyncio.gather(*(pool.close() for pool in self.pools.values()), return_exceptions=True)

    async def _deliver(self, pool: Pool, event: bytes, request_id: str, trace: str) -> None:
        attempts = min(pool.function.async_retries, len(self._limits.async_retry_delays)) + 1
        for attempt in range(attempts):
            if attempt:
                await asyncio.sleep(self._limits.async_retry_delays[attempt - 1])
            while True:
                try:
                    result = await pool.invoke(event, request_id, trace)
                    break
                except Throttled:  # not counted as an attempt on AWS either
                    await asyncio.sleep(1)
            if not result.is_error:
                return
        message = f"{pool.function.logical_id} failed {attempts} times; its asynchronous event is dropped"
        self._log.alarm(message, request_id)


def _spawn[T](tasks: set[asyncio.Task[T]], work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    def forget(task: asyncio.Task[T]) -> None:
        tasks.discard(task)
        if not task.cancelled():
            task.exception()  # the caller saw it, or has gone; asyncio need not report it

    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(forget)
    return task


def new_trace() -> str:
    """A trace header as X-Ray's: Root=1-<time>-<96 bits>."""
    return f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}"
