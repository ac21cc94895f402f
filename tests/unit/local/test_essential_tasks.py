"""The local stack stops when one of its essential tasks fails."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tools.local.tasks import EssentialTasks
from tools.problems import LocalProblem

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any


async def _works() -> None:
    await asyncio.Event().wait()


async def _returns() -> None:
    return


async def _fails(error: Exception) -> None:
    raise error


def _ends_with(*works: Coroutine[Any, Any, None]) -> LocalProblem:
    async def run() -> None:
        tasks = EssentialTasks()
        for number, work in enumerate(works):
            tasks.start(f"task {number}", work)
        try:
            await tasks.until_one_fails()
        finally:
            await tasks.stop()

    with pytest.raises(LocalProblem) as raised:
        asyncio.run(run())
    return raised.value


def test_problem_names_the_failed_task_and_its_error() -> None:
    problem = _ends_with(_works(), _fails(KeyError("queue")))

    assert str(problem) == "task 1 failed, so the stack stops: KeyError('queue')"
    assert isinstance(problem.__cause__, KeyError)


def test_message_of_a_local_problem_is_unchanged() -> None:
    assert str(_ends_with(_fails(LocalProblem("redis ended; its log is here")))) == "redis ended; its log is here"


def test_task_that_returns_does_not_stop_the_stack() -> None:
    assert "task 1" in str(_ends_with(_returns(), _fails(ValueError())))
