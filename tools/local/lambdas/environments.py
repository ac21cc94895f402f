"""The execution environments of all functions. Invokes functions synchronously and asynchronously."""

from __future__ import annotations

import asyncio
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tools.local.lambdas.environment import Environment
from tools.local.lambdas.limits import Limits
from tools.local.lambdas.pool import Pool, Throttled
from tools.local.recent.records import Invocation
from tools.local.tasks import spawn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.local.lambdas.environment import InvocationResult
    from tools.local.logs import Log
    from tools.local.recent.activity import Activity
    from tools.templates.model import Function

_MAX_EVENT = 6 * 1024 * 1024  # bytes; limit of Lambda for a synchronous invocation


class EventTooLarge(Exception):
    """The event is larger than Lambda accepts: RequestEntityTooLargeException of Lambda."""


class Environments:
    """Invokes functions by name or logical id."""

    def __init__(
        self,
        functions: Mapping[str, Function],
        *,
        aws_endpoint_url: str,
        log: Log,
        activity: Activity,
        limits: Limits | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._log = log
        self._activity = activity

        def start(function: Function) -> Environment:
            return Environment(function, aws_endpoint_url=aws_endpoint_url, log=log)

        self.pools = {name: Pool(function, start, self._limits) for name, function in functions.items()}
        self._names = {function.logical_id: name for name, function in functions.items()} | {
            name: name for name in functions
        }
        self._deliveries: set[asyncio.Task[None]] = set()
        self._running: set[asyncio.Task[InvocationResult]] = set()

    def function(self, name: str) -> Function:
        """Returns the function with this name or logical id.

        Raises:
            KeyError: there is no such function.
        """
        return self.pools[self._names[name]].function

    async def invoke(self, name: str, event: bytes, *, trace: str | None = None) -> InvocationResult:
        """Returns the result of an event, which may be an error. The invocation continues if the caller is cancelled.

        Raises:
            KeyError: there is no such function.
            Throttled: the reserved concurrency is used up.
            EventTooLarge: the event is larger than 6 MiB.
        """
        if len(event) > _MAX_EVENT:
            raise EventTooLarge(name)
        pool, trace = self.pools[self._names[name]], trace or new_trace()
        task = spawn(self._running, pool.invoke(event, self._new_id(pool, trace), trace))
        return await asyncio.shield(task)

    def invoke_later(self, name: str, event: bytes, *, trace: str | None = None) -> str:
        """Invoke a function asynchronously, with two retries, as Lambda does. Returns the request id at once."""
        pool, trace = self.pools[self._names[name]], trace or new_trace()
        request_id = self._new_id(pool, trace)
        spawn(self._deliveries, self._deliver(pool, event, request_id, trace))
        return request_id

    async def drain(self, seconds: float) -> None:
        """Wait for synchronous invocations in progress, at most for these seconds."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)

    async def close(self) -> None:
        tasks = [*self._deliveries, *self._running]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(pool.close() for pool in self.pools.values()), return_exceptions=True)

    def _new_id(self, pool: Pool, trace: str) -> str:
        request_id = str(uuid.uuid4())
        self._activity.invocations.add(Invocation(request_id, datetime.now(UTC), pool.function.logical_id, trace))
        return request_id

    async def _deliver(self, pool: Pool, event: bytes, request_id: str, trace: str) -> None:
        attempts = min(pool.function.async_retries, len(self._limits.async_retry_delays)) + 1
        for attempt in range(attempts):
            if attempt:
                await asyncio.sleep(self._limits.async_retry_delays[attempt - 1])
            while True:
                try:
                    result = await pool.invoke(event, request_id, trace)
                    break
                except Throttled:  # does not count as an attempt on AWS either
                    await asyncio.sleep(1)
            if not result.is_error:
                return
        message = f"{pool.function.logical_id} failed {attempts} times; its asynchronous event is dropped"
        self._log.error(message, request_id)


def new_trace() -> str:
    """Returns a new trace id in the form of X-Ray: Root=1-<time>-<96 bits>."""
    return f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}"
