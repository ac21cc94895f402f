"""Dead letters and inboxes as operators see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Only types: `make documents` reads the classes below, no function makes them.
    from collections.abc import Sequence
    from typing import TypedDict

    from microshop.messaging.dead_letters import DeadLetter
    from microshop.messaging.queries import SeenEvent
    from microshop.messaging.redriving import KeptLetter, Redriven
    from microshop.view_types import Timestamp

    class LetterView(TypedDict):
        """A dead letter in a list."""

        message_id: str
        event_type: str | None
        event_id: str | None
        subject: str | None
        sent_at: Timestamp
        receive_count: int
        why: str

    class ExplainedLetter(LetterView):
        """A dead letter with its queue and its content: the message as JSON, or as text if it is not JSON."""

        queue: str
        consumer: str
        content: object

    class UnknownLetter(TypedDict):
        """No queue has the letter; `complete` says whether all of them were searched."""

        message_id: str
        queue: None
        complete: bool

    class QueueCount(TypedDict):
        """The number of a queue's dead letters, `held` of them invisible; `all_seen`: whether the oldest is known."""

        queue: str
        consumer: str
        messages: int
        held: int
        oldest_at: Timestamp | None
        all_seen: bool

    class QueueCounts(TypedDict):
        """The dead letters of all queues, counted."""

        queues: list[QueueCount]

    class LetterList(TypedDict):
        """The dead letters of a queue."""

        queue: str
        consumer: str
        messages: int
        held: int
        letters: list[LetterView]

    class KeptLetterView(TypedDict):
        """A letter that stayed in its dead-letter queue."""

        message_id: str
        reason: str

    class RedrivenView(TypedDict):
        """The result of a redrive; `left` letters are in the queue after it."""

        queue: str
        redriven: int
        complete: bool
        unreadable: list[KeptLetterView]
        failed: list[KeptLetterView]
        left: int

    class SeenEventView(TypedDict):
        """What an inbox records of an event."""

        done_at: Timestamp | None
        claimed_until: Timestamp

    class SeenEvents(TypedDict):
        """Recorded events by their ids."""

        events: dict[str, SeenEventView]


_MAX_KEPT = 50  # of the letters that stayed; the answer stays short


def letter_view(letter: DeadLetter, max_receives: int | None) -> LetterView:
    """A dead letter in a list."""
    event = letter.event
    return {
        "message_id": letter.message_id,
        "event_type": event.type if event else None,
        "event_id": event.id if event else None,
        "subject": letter.subject,
        "sent_at": letter.sent_at.isoformat(timespec="seconds"),
        "receive_count": letter.receive_count,
        "why": letter.why(max_receives),
    }


def redriven_view(queue: str, done: Redriven, left: int) -> RedrivenView:
    """The result of a redrive, with the first fifty letters that stayed."""
    return {
        "queue": queue,
        "redriven": done.sent,
        "complete": done.complete,
        "unreadable": _kept(done.unreadable),
        "failed": _kept(done.failed),
        "left": left,
    }


def _kept(letters: Sequence[KeptLetter]) -> list[KeptLetterView]:
    return [{"message_id": letter.message_id, "reason": letter.reason} for letter in letters[:_MAX_KEPT]]


def seen_events_view(seen: Sequence[SeenEvent]) -> SeenEvents:
    """Recorded events by their ids."""
    return {
        "events": {
            each.event_id: {
                "done_at": each.done_at.isoformat() if each.done_at else None,
                "claimed_until": each.claimed_until.isoformat(),
            }
            for each in seen
        }
    }
