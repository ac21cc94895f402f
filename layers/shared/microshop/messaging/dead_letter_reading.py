"""The use cases that show dead letters to operators and staff. A scan hides the messages from others meanwhile."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Protocol

from microshop.errors import NotFound
from microshop.messaging.redriving import DeadLetterQueue, scan
from microshop.messaging.view import dead_letter_view

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from microshop.messaging.dead_letters import DeadLetter
    from microshop.messaging.view import DeadLetterDetails, DeadLetterList, QueueCount

# Keeps a list short.
MAX_LISTED = 100


class CountedQueue(DeadLetterQueue, Protocol):
    """A dead-letter queue with its numbers (dead_letter_queue.py)."""

    def count(self) -> tuple[int, int]: ...
    def max_receives(self) -> int | None: ...


class ConsumerQueue(Protocol):
    """A consumer's queue by its name, with its dead letters. `missing` is what nobody gets until they are redriven."""

    @property
    def name(self) -> str: ...
    @property
    def consumer(self) -> str: ...
    @property
    def missing(self) -> str: ...
    @property
    def dead_letters(self) -> CountedQueue: ...


def queue_named[Queue](name: str, queues: Mapping[str, Queue]) -> Queue:
    """Returns a queue by its name.

    Raises:
        NotFound: there is no such queue.
    """
    if name not in queues:
        raise NotFound("queue")
    return queues[name]


def require_found(letter: DeadLetter | None, has_time: Callable[[], bool]) -> None:
    """Check that a search was successful, or ran out of time.

    Raises:
        NotFound: the whole queue was searched, without the messages that others have received.
    """
    if letter is None and has_time():
        raise NotFound("message in the queue at the moment")


def first_letters(queue: ConsumerQueue, has_time: Callable[[], bool]) -> list[DeadLetter]:
    """Returns the first MAX_LISTED messages that SQS delivers, the oldest first."""
    with scan(queue.dead_letters, has_time) as messages:
        return sorted(itertools.islice(messages, MAX_LISTED), key=lambda message: message.sent_at)


def find_letter(queue: ConsumerQueue, message_id: str, has_time: Callable[[], bool]) -> DeadLetter | None:
    """Returns a message; None if it is not in the queue, somebody else has received it, or time ran out."""
    with scan(queue.dead_letters, has_time) as messages:
        return next((message for message in messages if message.message_id == message_id), None)


def count_letters(queue: ConsumerQueue, has_time: Callable[[], bool]) -> QueueCount:
    """Returns the number of a queue's messages, and the time of the oldest one."""
    total, held = queue.dead_letters.count()
    messages = first_letters(queue, has_time) if total else []
    return {
        "queue": queue.name,
        "consumer": queue.consumer,
        "messages": max(total, len(messages)),
        "held": held,
        "oldest_at": messages[0].sent_at.isoformat(timespec="seconds") if messages else None,
        "all_seen": len(messages) < MAX_LISTED,
    }


def list_letters(queue: ConsumerQueue, has_time: Callable[[], bool]) -> DeadLetterList:
    """Returns the first messages of a queue, the oldest first."""
    max_receives, messages = queue.dead_letters.max_receives(), first_letters(queue, has_time)
    total, held = queue.dead_letters.count()
    return {
        "queue": queue.name,
        "consumer": queue.consumer,
        "messages": max(total, len(messages)),
        "held": held,
        "letters": [dead_letter_view(message, max_receives) for message in messages],
    }


def explain_letter(queue: ConsumerQueue, message_id: str, has_time: Callable[[], bool]) -> DeadLetterDetails | None:
    """Returns a message with its content; None as in `find_letter`."""
    message = find_letter(queue, message_id, has_time)
    if message is None:
        return None
    view = dead_letter_view(message, queue.dead_letters.max_receives())
    return {"queue": queue.name, "consumer": queue.consumer, **view, "content": message.content()}
