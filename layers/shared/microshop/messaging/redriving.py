"""Redrives dead letters: sends them back to their source queue.

A message is sent before it is deleted, so none is lost. A crash in between delivers it twice, and the consumer's inbox
ignores the duplicate. Unreadable messages stay in the dead-letter queue.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from microshop.messaging.dead_letters import DeadLetter


class DeadLetterQueue(Protocol):
    """A dead-letter queue and its source queue (dead_letter_queue.py); unit tests have a fake."""

    def receive(self) -> list[DeadLetter]: ...
    def release(self, messages: Iterable[DeadLetter]) -> None: ...
    def send_back(self, message: DeadLetter) -> str: ...
    def delete(self, message: DeadLetter) -> None: ...


class QueueScan:
    """Iterates over the messages of a dead-letter queue until time runs out. They are invisible to others meanwhile."""

    def __init__(self, queue: DeadLetterQueue, has_time: Callable[[], bool]) -> None:
        self._queue = queue
        self._has_time = has_time
        self.received: dict[str, DeadLetter] = {}

    def __iter__(self) -> Iterator[DeadLetter]:
        while self._has_time():
            messages = self._queue.receive()
            if not messages:
                return
            self.received |= {message.message_id: message for message in messages}
            yield from messages

    def remove(self, message: DeadLetter) -> None:
        """Do not release this message, because it is no longer in the queue."""
        del self.received[message.message_id]


@contextmanager
def scan(queue: DeadLetterQueue, has_time: Callable[[], bool]) -> Iterator[QueueScan]:
    """Scan a queue. At the end of the block, the received messages become visible again."""
    queue_scan = QueueScan(queue, has_time)
    try:
        yield queue_scan
    finally:
        queue.release(queue_scan.received.values())


class UnsentMessage(NamedTuple):
    """A message that stayed in its dead-letter queue, and the reason."""

    message_id: str
    reason: str


class RedriveResult:
    """The result of a redrive. `complete` is False if time ran out before the end of the queue."""

    def __init__(self) -> None:
        self.sent = 0
        self.complete = False
        self.unreadable: list[UnsentMessage] = []
        self.failed: list[UnsentMessage] = []


def redrive(
    queue: DeadLetterQueue,
    *,
    message_id: str | None,
    began_at: datetime,
    has_time: Callable[[], bool],
    on_sent: Callable[[DeadLetter, str], None],
    before_first: Callable[[], None] | None = None,
) -> RedriveResult:
    """Send back the message `message_id`, or all messages sent before `began_at` if it is None.

    `before_first` is called before the first message is sent: an error of it ends the redrive. `on_sent` is called with
    each message and its new id. A message that fails again during the run is newer than
    `began_at` and waits for the next run; otherwise this run might never end.
    """
    result = RedriveResult()
    with scan(queue, has_time) as messages:
        for message in messages:
            if message_id not in (None, message.message_id) or message.sent_at >= began_at or not has_time():
                continue
            if before_first and message.event and not (result.sent or result.failed):
                before_first()
            if _send_back(message, queue, result, on_sent):
                messages.remove(message)
            if message_id is not None:
                break
        result.complete = has_time()
    return result


def _send_back(
    message: DeadLetter, queue: DeadLetterQueue, result: RedriveResult, on_sent: Callable[[DeadLetter, str], None]
) -> bool:
    if message.event is None:
        result.unreadable.append(UnsentMessage(message.message_id, message.reason(None)))
        return False
    try:
        on_sent(message, queue.send_back(message))
        result.sent += 1
        queue.delete(message)
    except Exception as error:  # noqa: BLE001 - a message that cannot be sent must not block the next ones
        result.failed.append(UnsentMessage(message.message_id, f"{type(error).__name__}: {error}"))
        return False
    return True
