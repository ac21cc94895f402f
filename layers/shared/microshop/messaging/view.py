"""The responses of the functions that show dead letters and inboxes to operators."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function loads them.
    from collections.abc import Sequence
    from typing import TypedDict

    from microshop.messaging.dead_letters import DeadLetter
    from microshop.messaging.queries import InboxRecord
    from microshop.messaging.redriving import RedriveResult, UnsentMessage
    from microshop.view_types import Timestamp

    class DeadLetterView(TypedDict):
        """A dead letter in a list."""

        message_id: str
        event_type: str | None
        event_id: str | None
        subject: str | None
        sent_at: Timestamp
        receive_count: int
        why: str

    class DeadLetterDetails(DeadLetterView):
        """A dead letter with its queue and its content: the message as JSON, or as text if it is not JSON."""

        queue: str
        consumer: str
        content: object

    class DeadLetterNotFound(TypedDict):
        """The message was not found. `complete` is True if all queues were searched to the end."""

        message_id: str
        queue: None
        complete: bool

    class QueueCount(TypedDict):
        """The number of a queue's dead letters, and of the invisible ones (`held`).

        `all_seen` is True if all messages were received, so that `oldest_at` is exact.
        """

        queue: str
        consumer: str
        messages: int
        held: int
        oldest_at: Timestamp | None
        all_seen: bool

    class QueueCounts(TypedDict):
        """The numbers of dead letters in all queues."""

        queues: list[QueueCount]

    class DeadLetterList(TypedDict):
        """The dead letters of a queue."""

        queue: str
        consumer: str
        messages: int
        held: int
        letters: list[DeadLetterView]

    class UnsentMessageView(TypedDict):
        """A message that stayed in its dead-letter queue."""

        message_id: str
        reason: str

    class RedriveView(TypedDict):
        """The result of a redrive; `left` is the number of messages in the queue after it."""

        queue: str
        redriven: int
        complete: bool
        unreadable: list[UnsentMessageView]
        failed: list[UnsentMessageView]
        left: int

    class InboxRecordView(TypedDict):
        """An inbox's record of an event."""

        done_at: Timestamp | None
        claimed_until: Timestamp

    class InboxRecords(TypedDict):
        """An inbox's records by event id."""

        events: dict[str, InboxRecordView]


_MAX_UNSENT = 50  # keeps the response short


def dead_letter_view(message: DeadLetter, max_receives: int | None) -> DeadLetterView:
    """Returns a dead letter as lists show it."""
    event = message.event
    return {
        "message_id": message.message_id,
        "event_type": event.type if event else None,
        "event_id": event.id if event else None,
        "subject": message.subject,
        "sent_at": message.sent_at.isoformat(timespec="seconds"),
        "receive_count": message.receive_count,
        "why": message.reason(max_receives),
    }


def redrive_view(queue: str, result: RedriveResult, left: int) -> RedriveView:
    """Returns the result of a redrive. It lists at most fifty unreadable and fifty failed messages."""
    return {
        "queue": queue,
        "redriven": result.sent,
        "complete": result.complete,
        "unreadable": _unsent(result.unreadable),
        "failed": _unsent(result.failed),
        "left": left,
    }


def _unsent(messages: Sequence[UnsentMessage]) -> list[UnsentMessageView]:
    return [{"message_id": message.message_id, "reason": message.reason} for message in messages[:_MAX_UNSENT]]


def inbox_records_view(records: Sequence[InboxRecord]) -> InboxRecords:
    """Returns an inbox's records by event id."""
    return {
        "events": {
            record.event_id: {
                "done_at": record.done_at.isoformat() if record.done_at else None,
                "claimed_until": record.claimed_until.isoformat(),
            }
            for record in records
        }
    }
