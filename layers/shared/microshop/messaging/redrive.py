"""The rules of sending dead letters back to the queue that they came from.

A letter is sent first and deleted second: a crash between delivers it twice, which the consumers' inbox makes harmless,
and none is ever lost. One that nobody can read stays where it is.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from microshop.messaging.dead_letters import DeadLetter

_NAMED = 50  # of those that stayed; an answer stays within bounds


class LetterQueue(Protocol):
    """A dead-letter queue and the queue that its letters came from."""

    def receive(self) -> list[DeadLetter]: ...
    def release(self, letters: Iterable[DeadLetter]) -> None: ...
    def send_back(self, letter: DeadLetter) -> str: ...
    def delete(self, letter: DeadLetter) -> None: ...


class Look:
    """The queue's letters, each once; ends early where time runs out. Nobody else sees them meanwhile."""

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
        """It is gone from the queue."""
        del self.held[letter.message_id]


@contextmanager
def looking(queue: LetterQueue, has_time: Callable[[], bool]) -> Iterator[Look]:
    """Look through a queue; whatever happens, others see in the end what is left in it."""
    look = Look(queue, has_time)
    try:
        yield look
    finally:
        queue.release(look.held.values())


@dataclass
class Redriven:
    """What came of it. `complete` is False where time ran out before the end of the queue was seen."""

    sent: int = 0
    complete: bool = False
    unreadable: list[dict[str, str]] = field(default_factory=list)
    failed: list[dict[str, str]] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        """As an answer; of many that stayed the first fifty."""
        return {
            "redriven": self.sent,
            "complete": self.complete,
            "unreadable": self.unreadable[:_NAMED],
            "failed": self.failed[:_NAMED],
        }


def redrive(
    queue: LetterQueue,
    *,
    message_id: str | None,
    began_at: datetime,
    has_time: Callable[[], bool],
    note: Callable[[DeadLetter, str], None],
) -> Redriven:
    """Send back the letter with that id, or all that were sent before `began_at`.

    `note` is told of each, with its new id.

    What fails again within the run comes back as a younger letter: it waits for the next run, or this one had no end.
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
        done.unreadable.append({"message_id": letter.message_id, "reason": letter.why(None)})
        return False
    try:
        note(letter, queue.send_back(letter))
        done.sent += 1
        queue.delete(letter)
    except Exception as error:  # noqa: BLE001 - one that cannot be sent must not keep those behind it
        done.failed.append({"message_id": letter.message_id, "reason": f"{type(error).__name__}: {error}"})
        return False
    return True
