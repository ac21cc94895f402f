"""The pool of execution environments of one function."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tools.local.tasks import spawn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tools.local.lambdas.environment import Environment, InvocationResult
    from tools.local.lambdas.limits import Limits
    from tools.templates.model import Function


class Throttled(Exception):
    """The reserved concurrency of the function is used up: TooManyRequestsException of Lambda."""


class Pool:
    """The environments of one function.

    Events wait for a free environment. Those over the reserved concurrency are throttled, as on AWS.
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
        self._retirements: dict[Environment, asyncio.TimerHandle] = {}
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def environments(self) -> Iterable[Environment]:
        return tuple(self._environments)

    async def invoke(self, event: bytes, request_id: str, trace: str) -> InvocationResult:
        if self.function.reserved is not None and self.in_flight >= self.function.reserved:
            raise Throttled(self.function.name)
        self.in_flight += 1
        try:
            async with self._slots:
                environment = self._take()
                try:
                    return await environment.invoke(event, request_id, trace)
                finally:
                    self._release(environment)
        finally:
            self.in_flight -= 1

    def replace_all(self) -> None:
        """Replace all environments after a code change: idle ones now, busy ones after their event."""
        for environment in self._environments:
            self._outdated.add(environment)
        while self._idle:
            self._end(self._idle.pop())

    async def close(self) -> None:
        for environment in self.environments:
            self._end(environment)
        await asyncio.gather(*self._ending)

    def _take(self) -> Environment:
        while self._idle:
            environment = self._idle.pop()  # the one used last, so that the others can grow old
            self._retirements.pop(environment).cancel()
            if environment.is_alive:
                return environment
            self._end(environment)
        environment = self._start(self.function)
        self._environments.add(environment)
        return environment

    def _release(self, environment: Environment) -> None:
        if environment.is_alive and environment not in self._outdated:
            self._idle.append(environment)
            self._retire_later(environment, self._limits.surplus_idle, self._retire_surplus)
        else:
            self._end(environment)

    def _retire_later(self, environment: Environment, seconds: float, retire: Callable[[Environment], None]) -> None:
        self._retirements[environment] = asyncio.get_running_loop().call_later(seconds, retire, environment)

    def _retire_surplus(self, environment: Environment) -> None:
        if len(self._idle) > 1:
            self._retire(environment)
        else:
            self._retire_later(environment, self._limits.idle - self._limits.surplus_idle, self._retire)

    def _retire(self, environment: Environment) -> None:
        self._idle.remove(environment)
        self._end(environment)

    def _end(self, environment: Environment) -> None:
        self._environments.discard(environment)
        if retirement := self._retirements.pop(environment, None):
            retirement.cancel()
        self._outdated.discard(environment)
        environment.end()
        spawn(self._ending, environment.wait_ended())
