"""Tasks that run beside what started them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine


def spawn[T](tasks: set[asyncio.Task[T]], work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Starts the work and keeps it in the set until it ends: asyncio itself holds tasks but weakly."""

    def forget(task: asyncio.Task[T]) -> None:
        tasks.discard(task)
        if not task.cancelled():
            task.exception()  # the caller saw it, or has gone; asyncio need not report it

    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(forget)
    return task
