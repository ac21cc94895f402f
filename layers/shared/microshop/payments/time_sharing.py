"""Shares the time of a run fairly between several tasks, so that none of them delays another."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from microshop.platform.lambda_context import Deadline

# After this number of calls in a row without an answer, a task stops until the next run: each such call takes a whole
# timeout and lengthens the backoff of the payment or refund.
_MAX_TIMEOUTS = 5


class Task:
    """Work of one kind. Each step handles one payment, refund or order, and yields whether the provider answered.

    `milliseconds` is the time used so far, `timeouts` the number of calls without an answer since the last answer.
    """

    def __init__(self, name: str, steps: Iterator[bool]) -> None:
        self.name = name
        self.steps = steps
        self.milliseconds = 0
        self.timeouts = 0


def run_in_turns(tasks: list[Task], context: Deadline, must_stop: Callable[[], bool]) -> list[str]:
    """Run the next step of the task with the least time used, until all tasks are done or `must_stop` returns True.

    Returns the names of the tasks that stopped because the provider does not answer.
    """
    active, unresponsive = list(tasks), list[str]()
    while active and not must_stop():
        task = min(active, key=lambda each: each.milliseconds)
        before = context.get_remaining_time_in_millis()
        has_answered = next(task.steps, None)
        task.milliseconds += before - context.get_remaining_time_in_millis()
        task.timeouts = 0 if has_answered else task.timeouts + 1
        if has_answered is None:
            active.remove(task)
        elif task.timeouts == _MAX_TIMEOUTS:
            active.remove(task)
            unresponsive.append(task.name)
    return unresponsive
