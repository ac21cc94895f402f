"""Restarts the servers of the stack when they end; gives up after three restarts within a minute."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from tools.local.servers.problems import ServerProblem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tools.local.backing_services import Servers, Started
    from tools.local.logs import Log
    from tools.local.tasks import Essential

    # Restores the state that the server of that name loses with its process.
    type Restore = Callable[[str], Awaitable[None]]

_LOOK_SECONDS = 0.2
_SECONDS_TO_START = 120
_MOST, _WITHIN_SECONDS = 3, 60.0  # starts of one server within so many seconds; one that ends more often is broken


def keep_running(servers: Servers, restore: Restore, log: Log, essential: Essential) -> None:
    """Watch each server that was started. Call it from the thread that started them.

    If a server cannot be kept running, its task fails with a ServerProblem that names the server, its end and its log.
    """
    for one in servers.started:
        essential.start(f"the watch on {one.server.title}", _keep(servers, one, restore, log))


async def _keep(servers: Servers, one: Started, restore: Restore, log: Log) -> None:
    name, starts = one.server.title, list[float]()
    while True:
        how = await _end_of(one)
        starts = [at for at in starts if time.monotonic() - at < _WITHIN_SECONDS]
        ended = f"{name} ended ({how})"
        if len(starts) == _MOST:
            raise ServerProblem(
                f"{ended} after {_MOST} new starts within a minute, so the stack stops; its log is {one.child.log_file}"
            )
        starts.append(time.monotonic())
        log.caution(
            f"{ended} and is started again; it keeps {one.server.retained_state}; its log is {one.child.log_file}"
        )
        try:
            servers.restart(one)
        except OSError as error:
            raise ServerProblem(f"{ended} and cannot be started again, so the stack stops: {error}") from error
        if await _answers(one) and await _is_restored(one, restore):
            log.note(f"{name} answers again")


async def _end_of(one: Started) -> str:
    while (how := one.child.end()) is None:  # noqa: ASYNC110  a process's end sets no event
        await asyncio.sleep(_LOOK_SECONDS)
    return how


async def _answers(one: Started) -> bool:
    """Returns whether the server answers; False if it ended first."""
    deadline = time.monotonic() + _SECONDS_TO_START
    while not await asyncio.to_thread(one.server.is_ready):
        if one.child.end() is not None:
            return False
        if time.monotonic() > deadline:
            raise ServerProblem(
                f"{one.server.title} was started again and did not respond within {_SECONDS_TO_START} seconds, so the "
                f"stack stops; its log is {one.child.log_file}"
            )
        await asyncio.sleep(_LOOK_SECONDS)
    return True


async def _is_restored(one: Started, restore: Restore) -> bool:
    try:
        await restore(one.server.name)
    except Exception as error:
        if one.child.end() is None:
            raise ServerProblem(
                f"{one.server.title} was started again and could not be set up, so the stack stops: {error}"
            ) from error
        return False
    return True
