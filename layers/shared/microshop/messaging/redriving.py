"""Sends dead letters back to the queue that they came from.

A letter is sent first and deleted second: a crash in between delivers it twice, which the consumers' inbox makes
harmless, and no letter is ever lost. An unreadable letter stays where it is.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from microshop.messaging.dead_letters import DeadLetter


class LetterQueue(Protocol):
    """A dead-letter queue and the queue that its letters came from; a unit test has one in memory."""

    def receive(self) -> list[DeadLetter]: ...
    def release(self, letters: Iterable[DeadLetter]) -> None: ...
    def send_back(self, letter: DeadLetter) -> str: ...
    def delete(self, letter: DeadLetter) -> None: ...


class Look:
    """Iterates over a queue's letters until time runs out. Nobody else sees them meanwhile."""

    def __init__(self, queue: LetterQueue, has_time: Callable[[], bool]) -> None:
        self._queue = queue
        self._has_time = has_time
        self.held: dict[str, DeadLetter] = {}

    def __iter__(self) -> Iterator[DeadLetter]:
        while self._has_time():
            found = self._queue.receive()
            if not found:
                return
            self.held |= {letter.message_id: letter for letter in found}
            yield from found

    def forget(self, letter: DeadLetter) -> None:
        """Note that the letter is no longer in the queue."""
        del self.held[letter.message_id]


@contextmanager
def looking(queue: LetterQueue, has_time: Callable[[], bool]) -> Iterator[Look]:
    """Look through a queue. In the end the letters that are left become visible to others again."""
    look = Look(queue, has_time)
    try:
        yield look
    finally:
        queue.release(look.held.values())


class KeptLetter(NamedTuple):
    """A letter that stayed in its dead-letter queue, and why."""

    message_id: str
    reason: str


@dataclass
class Redriven:
    """The result of a redrive. `complete` is False if time ran out before the end of the queue."""

    sent: int = 0
    complete: bool = False
    unreadable: list[KeptLetter] = field(default_factory=list)
    failed: list[KeptLetter] = field(default_factory=list)


def redrive(
    queue: LetterQueue,
    *,
    message_id: str | None,
    began_at: datetime,
    has_time: Callable[[], bool],
    note: Callable[[DeadLetter, str], None],
) -> Redriven:
    """Send back the letter with that id, or all letters sent before `began_at`.

    `note` is called with each letter and its new id. A letter that fails again during the run comes back younger than
    `began_at` and waits for the next run; otherwise this one might never end.
    """
    done = Redriven()
    with looking(queue, has_time) as look:
        for letter in look:
            if message_id not in (None, letter.message_id) or letter.sent_at >= began_at or not has_time():
                continue
            if _sent_back(letter, queue, done, note):
                look.forget(letter)
            if message_id is not None:
                break
        done.complete = has_time()
    return done


def _sent_back(letter: DeadLetter, queue: LetterQueue, done: Redriven, note: Callable[[DeadLetter, str], None]) -> bool:
    if letter.event is None:
        done.unreadable.append(KeptLetter(letter.message_id, letter.why(None)))
        return False
    try:
        note(letter, queue.send_back(letter))
        done.sent += 1
        queue.delete(letter)
    except Exception as error:  # noqa: BLE001 - a letter that cannot be sent must not block those behind it
        done.failed.append(KeptLetter(letter.message_id, f"{type(error).__name__}: {error}"))
        return False
    return True
