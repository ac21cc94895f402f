"""Shares out the time of a run among lines of work, so that none of them keeps another waiting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from microshop.platform.lambda_context import Deadline

# A line leaves a provider that is so often silent, one time after the other, to the next run: a check costs it the
# timeout, and what it asks about the pause until the next check.
_MOST_SILENCES = 5


@dataclass
class Line:
    """Work of one kind: each step does one thing, and says whether the provider has answered."""

    name: str
    steps: Iterator[bool]
    milliseconds: int = 0
    silences: int = 0


def share_out(lines: list[Line], context: Deadline, must_stop: Callable[[], bool]) -> list[str]:
    """Take steps of the line that has had the least time, until all are done or `must_stop`.

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
