"""Dead letters as the API shows them: the content of an event, which has ids, without its fields of personal data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.audit.changes import PERSONAL_FIELDS
from microshop.messaging.dead_letter_reading import MAX_LISTED

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from collections.abc import Callable, Sequence
    from typing import TypedDict

    from microshop.messaging.dead_letter_reading import ConsumerQueue
    from microshop.messaging.dead_letters import DeadLetter
    from microshop.messaging.queries import InboxRecord
    from microshop.messaging.redriving import RedriveResult
    from microshop.view_types import NotNegative, Timestamp

    class DeadLetterQueueView(TypedDict):
        """A queue and its number of dead letters; `held` of them are being read by somebody."""

        queue: str
        consumer: str
        missing: str
        messages: NotNegative
        held: NotNegative

    class DeadLetterQueues(TypedDict):
        """The queues of all consumers."""

        items: list[DeadLetterQueueView]

    class DeadLetterItem(TypedDict):
        """A dead letter. `message` is its id in the queue, `event` that of its event, null if it is unreadable."""

        message: str
        event: str | None
        event_type: str | None
        subject: str | None
        sent_at: Timestamp
        receive_count: NotNegative
        why: str

    class DeadLetterPage(DeadLetterQueueView):
        """The oldest of a queue's dead letters. `complete` is False if there may be more."""

        complete: bool
        items: list[DeadLetterItem]

    class ExplainedDeadLetter(DeadLetterItem):
        """A dead letter with the content of its event, and when its consumer has handled the event since.

        Fields of `data` with personal data are null; an unreadable letter has none.
        """

        missing: str
        occurred_at: Timestamp | None
        data: dict[str, object] | None
        handled_at: Timestamp | None

    class DeadLetterSearch(TypedDict):
        """The letter; null if time ran out before it was found, so `complete` is False."""

        queue: str
        consumer: str
        complete: bool
        letter: ExplainedDeadLetter | None

    class UnsentLetter(TypedDict):
        """A message that stayed in its dead-letter queue."""

        message: str
        reason: str

    class RedriveResultView(TypedDict):
        """The result of a redrive; `left` is the approximate number of messages in the queue after it."""

        queue: str
        redriven: NotNegative
        complete: bool
        unreadable: list[UnsentLetter]
        failed: list[UnsentLetter]
        left: NotNegative


_UNSENT = "It was not sent back, or was sent back and not deleted. The log has the error."


def queues_view(queues: Sequence[ConsumerQueue]) -> DeadLetterQueues:
    """Returns the number of dead letters of each queue, without receiving them."""
    return {"items": [_queue_view(queue, 0) for queue in queues]}


def letters_view(queue: ConsumerQueue, letters: Sequence[DeadLetter], has_time: Callable[[], bool]) -> DeadLetterPage:
    """Returns the received dead letters of a queue."""
    max_receives = queue.dead_letters.max_receives()
    return {
        **_queue_view(queue, len(letters)),
        "complete": len(letters) < MAX_LISTED and has_time(),
        "items": [_item(letter, max_receives) for letter in letters],
    }


def search_view(queue: ConsumerQueue, letter: DeadLetter | None, records: Sequence[InboxRecord]) -> DeadLetterSearch:
    """Returns a dead letter with its consumer's inbox `records` of its event."""
    return {
        "queue": queue.name,
        "consumer": queue.consumer,
        "complete": letter is not None,
        "letter": _explained(queue, letter, records) if letter else None,
    }


def redriven_view(queue: str, result: RedriveResult, left: int) -> RedriveResultView:
    """Returns the result of a redrive, with at most MAX_LISTED unsent messages of each kind.

    The errors of SQS, which name resources of the account, are left to the log.
    """
    return {
        "queue": queue,
        "redriven": result.sent,
        "complete": result.complete,
        "unreadable": [{"message": each.message_id, "reason": each.reason} for each in result.unreadable[:MAX_LISTED]],
        "failed": [{"message": each.message_id, "reason": _UNSENT} for each in result.failed[:MAX_LISTED]],
        "left": left,
    }


def _queue_view(queue: ConsumerQueue, received: int) -> DeadLetterQueueView:
    total, held = queue.dead_letters.count()
    return {
        "queue": queue.name,
        "consumer": queue.consumer,
        "missing": queue.missing,
        "messages": max(total, received),
        "held": held,
    }


def _explained(queue: ConsumerQueue, letter: DeadLetter, records: Sequence[InboxRecord]) -> ExplainedDeadLetter:
    event, done_at = letter.event, next((record.done_at for record in records), None)
    return {
        **_item(letter, queue.dead_letters.max_receives()),
        "missing": queue.missing,
        "occurred_at": event.time.isoformat() if event else None,
        # Staff write names into reasons, and a tracking number leads to an address.
        "data": {name: None if name in PERSONAL_FIELDS else value for name, value in event.data.items()}
        if event
        else None,
        "handled_at": done_at.isoformat() if done_at else None,
    }


def _item(letter: DeadLetter, max_receives: int | None) -> DeadLetterItem:
    event = letter.event
    return {
        "message": letter.message_id,
        "event": event.id if event else None,
        "event_type": event.type if event else None,
        "subject": letter.subject,
        "sent_at": letter.sent_at.isoformat(timespec="seconds"),
        "receive_count": letter.receive_count,
        "why": letter.reason(max_receives),
    }
