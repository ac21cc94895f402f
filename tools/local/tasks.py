"""Background tasks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tools.problems import LocalProblem

if TYPE_CHECKING:
    from collections.abc import Coroutine


class EssentialTasks:
    """Tasks that the stack needs. The failure of one stops the stack."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[None], str] = {}

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start the work. The message of a failure contains the name."""
        task = asyncio.create_task(work)
        self._tasks[task] = name
        return task

    async def until_one_fails(self) -> None:
        """Wait until a task fails. A task that returns has not failed.

        Raises:
            LocalProblem: the error of the task, or one that names the task and has the error as its cause.
        """
        while self._tasks:
            done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                name, error = self._tasks.pop(task), None if task.cancelled() else task.exception()
                if isinstance(error, LocalProblem):
                    raise error
                if error is not None:
                    raise LocalProblem(f"{name} failed, so the stack stops: {error!r}") from error
        await asyncio.Event().wait()

    async def stop(self) -> None:
        """Cancel all tasks and wait until they have ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def spawn[T](tasks: set[asyncio.Task[T]], work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Start a task and keep it in the set until it ends, because asyncio has only weak references to tasks."""

    def forget(task: asyncio.Task[T]) -> None:
        tasks.discard(task)
        if not task.cancelled():
            task.exception()  # otherwise asyncio reports an error that the caller has handled

    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(forget)
    return task
