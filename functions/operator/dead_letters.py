"""Counts, lists, explains and redrives dead letters for an operator.

`{"action": "count"}`
`{"action": "list", "queue": "CustomerMail"}`
`{"action": "explain", "message_id": "…"}`
`{"action": "redrive", "queue": "CustomerMail", "message_id": "…" or null for all, "operator": "…"}`
"""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypedDict

from microshop.errors import FieldProblem, InvalidInput
from microshop.messaging.letter_queue import SqsLetterQueue
from microshop.messaging.redriving import looking, redrive
from microshop.messaging.view import letter_view, redriven_view
from microshop.operator_actions import explains_mistakes, note_action
from microshop.platform import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from microshop.messaging.dead_letters import DeadLetter
    from microshop.messaging.view import (
        ExplainedLetter,
        LetterList,
        QueueCount,
        QueueCounts,
        RedrivenView,
        UnknownLetter,
    )
    from microshop.platform.lambda_context import Deadline

_LISTED = 100
# Time for the current message (platform/aws.py: two attempts of 5 s each to send and to delete) and for the release.
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 40_000

type HasTime = Callable[[], bool]


class QueueSetting(TypedDict):
    """A queue in the setting QUEUES: the URLs of queue and dead-letter queue, and the consumer's name."""

    queue: str
    dead_letters: str
    consumer: str


@explains_mistakes
def handler(event: dict[str, Any], context: Deadline) -> Mapping[str, object]:
    """Return what the action found or did. An unknown action or queue is a mistake."""

    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > _STOP_BEFORE_TIMEOUT_MILLISECONDS

    match event.get("action"):
        case "count":
            return _count(has_time)
        case "list":
            return _list(_named(event), has_time)
        case "explain":
            return _explain(event, has_time)
        case "redrive":
            return _redrive(event, has_time)
        case _:
            raise InvalidInput(FieldProblem("action", "must be one of count, list, explain, redrive"))


def _count(has_time: HasTime) -> QueueCounts:
    return {"queues": [_counted(name, has_time) for name in _queues()]}


def _counted(name: str, has_time: HasTime) -> QueueCount:
    queue = _queue(name)
    messages, held = queue.count()
    seen = _seen(queue, has_time) if messages else []
    oldest = min((letter.sent_at for letter in seen), default=None)
    return {
        "queue": name,
        "consumer": _queues()[name]["consumer"],
        "messages": max(messages, len(seen)),
        "held": held,
        "oldest_at": oldest.isoformat(timespec="seconds") if oldest else None,
        "all_seen": len(seen) < _LISTED,
    }


def _list(name: str, has_time: HasTime) -> LetterList:
    queue = _queue(name)
    max_receives, seen = queue.max_receives(), _seen(queue, has_time)
    messages, held = queue.count()
    return {
        "queue": name,
        "consumer": _queues()[name]["consumer"],
        "messages": max(messages, len(seen)),
        "held": held,
        "letters": [letter_view(letter, max_receives) for letter in sorted(seen, key=lambda letter: letter.sent_at)],
    }


def _seen(queue: SqsLetterQueue, has_time: HasTime) -> list[DeadLetter]:
    with looking(queue, has_time) as look:
        return list(itertools.islice(look, _LISTED))


def _explain(event: dict[str, Any], has_time: HasTime) -> ExplainedLetter | UnknownLetter:
    wanted = str(event.get("message_id"))
    for name in [_named(event)] if event.get("queue") else _queues():
        queue = _queue(name)
        with looking(queue, has_time) as look:
            letter = next((letter for letter in look if letter.message_id == wanted), None)
        if letter is not None:
            view = letter_view(letter, queue.max_receives())
            return {"queue": name, "consumer": _queues()[name]["consumer"], **view, "content": letter.content()}
    return {"message_id": wanted, "queue": None, "complete": has_time()}


def _redrive(event: dict[str, Any], has_time: HasTime) -> RedrivenView:
    name, wanted = _named(event), event.get("message_id")
    queue = _queue(name)

    def note(letter: DeadLetter, new_id: str) -> None:
        about = {"queue": name, "message_id": letter.message_id, "new_message_id": new_id}
        found = {"event_id": letter.event.id, "event_type": letter.event.type} if letter.event else {}
        note_action("redrive", event, **about, **found)

    done = redrive(queue, message_id=wanted, began_at=datetime.now(UTC), has_time=has_time, note=note)
    left, _ = queue.count()
    counts = {"redriven": done.sent, "unreadable": len(done.unreadable), "failed": len(done.failed), "left": left}
    note_action("end of redrive", event, queue=name, message_id=wanted, complete=done.complete, **counts)
    return redriven_view(name, done, left)


def _queues() -> dict[str, QueueSetting]:
    found: dict[str, QueueSetting] = json.loads(settings.text("QUEUES"))
    return found


def _named(event: dict[str, Any]) -> str:
    name = str(event.get("queue"))
    if name not in _queues():
        raise InvalidInput(FieldProblem("queue", f"must be one of {', '.join(_queues())}"))
    return name


def _queue(name: str) -> SqsLetterQueue:
    found = _queues()[name]
    return SqsLetterQueue(found["queue"], found["dead_letters"])
