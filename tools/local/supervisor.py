"""Restarts servers of the stack that ended, at most three times within a minute."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from tools.local.servers.problems import ServerProblem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tools.local.backing_services import BackingServices, StartedServer
    from tools.local.logs import Log
    from tools.local.tasks import EssentialTasks

    # Restores the state that the server of this name lost with its process.
    type Restore = Callable[[str], Awaitable[None]]

_LOOK_SECONDS = 0.2
_SECONDS_TO_START = 120
_MOST, _WITHIN_SECONDS = 3, 60.0  # restarts of one server; a server that ends more often is broken


def supervise(servers: BackingServices, restore: Restore, log: Log, tasks: EssentialTasks) -> None:
    """Supervise each started server. Call it from the thread that started them.

    If a server cannot be restarted, its task fails with a ServerProblem that names the server and its log.
    """
    for one in servers.started:
        tasks.start(f"the supervisor of {one.server.title}", _supervise(servers, one, restore, log))


async def _supervise(servers: BackingServices, one: StartedServer, restore: Restore, log: Log) -> None:
    name, starts = one.server.title, list[float]()
    while True:
        how = await _end_of(one)
        starts = [at for at in starts if time.monotonic() - at < _WITHIN_SECONDS]
        ended = f"{name} ended ({how})"
        if len(starts) == _MOST:
            raise ServerProblem(
                f"{ended} after {_MOST} restarts within a minute, so the stack stops; read {one.child.log_file}"
            )
        starts.append(time.monotonic())
        log.warning(
            f"{ended} and is being restarted; it keeps {one.server.retained_state}; its log is {one.child.log_file}"
        )
        try:
            servers.restart(one)
        except OSError as error:
            raise ServerProblem(f"{ended} and cannot be restarted, so the stack stops: {error}") from error
        if await _responds(one) and await _is_restored(one, restore):
            log.info(f"{name} responds again")


async def _end_of(one: StartedServer) -> str:
    while (how := one.child.end()) is None:  # noqa: ASYNC110  the end of a process sets no event
        await asyncio.sleep(_LOOK_SECONDS)
    return how


async def _responds(one: StartedServer) -> bool:
    """Wait until the server responds. Returns False if it ended before."""
    deadline = time.monotonic() + _SECONDS_TO_START
    while not await asyncio.to_thread(one.server.is_ready):
        if one.child.end() is not None:
            return False
        if time.monotonic() > deadline:
            raise ServerProblem(
                f"{one.server.title} was restarted and did not respond within {_SECONDS_TO_START} seconds, so the "
                f"stack stops; read {one.child.log_file}"
            )
        await asyncio.sleep(_LOOK_SECONDS)
    return True


async def _is_restored(one: StartedServer, restore: Restore) -> bool:
    try:
        await restore(one.server.name)
    except Exception as error:
        if one.child.end() is None:
            raise ServerProblem(
                f"{one.server.title} was restarted, but its state could not be restored, so the stack stops: {error}"
            ) from error
        return False
    return True
