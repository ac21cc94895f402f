"""Divides the time of a run between lines of work, so that none of them delays another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from microshop.platform.lambda_context import Deadline

# After this many silent calls in a row, a line stops until the next run: each call costs it a timeout, and lengthens
# the backoff of the payment or refund.
_MOST_SILENCES = 5


@dataclass
class Line:
    """Work of one kind. Each step handles one payment, refund or order, and yields whether the provider answered."""

    name: str
    steps: Iterator[bool]
    milliseconds: int = 0
    silences: int = 0


def share_out(lines: list[Line], context: Deadline, must_stop: Callable[[], bool]) -> list[str]:
    """Take the next step of the line with the least time so far, until all lines are done or `must_stop` says so.

    Returns the names of the lines whose provider was silent.
    """
    working, silent = list(lines), list[str]()
    while working and not must_stop():
        line = min(working, key=lambda each: each.milliseconds)
        before = context.get_remaining_time_in_millis()
        has_answered = next(line.steps, None)
        line.milliseconds += before - context.get_remaining_time_in_millis()
        line.silences = 0 if has_answered else line.silences + 1
        if has_answered is None:
            working.remove(line)
        elif line.silences == _MOST_SILENCES:
            working.remove(line)
            silent.append(line.name)
    return silent
