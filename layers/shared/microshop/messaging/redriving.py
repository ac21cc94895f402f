"""Redrives dead letters: sends them back to their source queue.

A letter is sent first and deleted second, so none is lost. A crash in between delivers it twice, which is harmless
because of the consumer's inbox. Unreadable letters stay in the dead-letter queue.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from microshop.messaging.dead_letters import DeadLetter


class DeadLetterQueue(Protocol):
    """A dead-letter queue and its source queue (dead_letter_queue.py); unit tests have a fake."""

    def receive(self) -> list[DeadLetter]: ...
    def release(self, letters: Iterable[DeadLetter]) -> None: ...
    def send_back(self, letter: DeadLetter) -> str: ...
    def delete(self, letter: DeadLetter) -> None: ...


class QueueScan:
    """Iterates over a queue's letters until time runs out. They are invisible to others meanwhile."""

    def __init__(self, queue: DeadLetterQueue, has_time: Callable[[], bool]) -> None:
        self._queue = queue
        self._has_time = has_time
        self.received: dict[str, DeadLetter] = {}

    def __iter__(self) -> Iterator[DeadLetter]:
        while self._has_time():
            letters = self._queue.receive()
            if not letters:
                return
            self.received |= {letter.message_id: letter for letter in letters}
            yield from letters

    def remove(self, letter: DeadLetter) -> None:
        """Do not release this letter: it is no longer in the queue."""
        del self.received[letter.message_id]


@contextmanager
def scan(queue: DeadLetterQueue, has_time: Callable[[], bool]) -> Iterator[QueueScan]:
    """Scan a queue. At the end of the block, the received letters become visible again."""
    queue_scan = QueueScan(queue, has_time)
    try:
        yield queue_scan
    finally:
        queue.release(queue_scan.received.values())


class UnsentLetter(NamedTuple):
    """A letter that stayed in its dead-letter queue, and why."""

    message_id: str
    reason: str


@dataclass
class RedriveResult:
    """The result of a redrive. `complete` is False if time ran out before the end of the queue."""

    sent: int = 0
    complete: bool = False
    unreadable: list[UnsentLetter] = field(default_factory=list)
    failed: list[UnsentLetter] = field(default_factory=list)


def redrive(
    queue: DeadLetterQueue,
    *,
    message_id: str | None,
    began_at: datetime,
    has_time: Callable[[], bool],
    on_sent: Callable[[DeadLetter, str], None],
) -> RedriveResult:
    """Send back the letter `message_id`, or all letters sent before `began_at` if it is None.

    `on_sent` is called with each letter and its new id. A letter that fails again during the run is newer than
    `began_at` and waits for the next run; otherwise this run might never end.
    """
    result = RedriveResult()
    with scan(queue, has_time) as letters:
        for letter in letters:
            if message_id not in (None, letter.message_id) or letter.sent_at >= began_at or not has_time():
                continue
            if _send_back(letter, queue, result, on_sent):
                letters.remove(letter)
            if message_id is not None:
                break
        result.complete = has_time()
    return result


def _send_back(
    letter: DeadLetter, queue: DeadLetterQueue, result: RedriveResult, on_sent: Callable[[DeadLetter, str], None]
) -> bool:
    if letter.event is None:
        result.unreadable.append(UnsentLetter(letter.message_id, letter.reason(None)))
        return False
    try:
        on_sent(letter, queue.send_back(letter))
        result.sent += 1
        queue.delete(letter)
    except Exception as error:  # noqa: BLE001 - a letter that cannot be sent must not block the next ones
        result.failed.append(UnsentLetter(letter.message_id, f"{type(error).__name__}: {error}"))
        return False
    return True
