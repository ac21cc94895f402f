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
from microshop.messaging.dead_letter_queue import SqsDeadLetterQueue
from microshop.messaging.redriving import redrive, scan
from microshop.messaging.view import dead_letter_view, redrive_view
from microshop.operator_actions import log_action, return_mistakes
from microshop.platform import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from microshop.messaging.dead_letters import DeadLetter
    from microshop.messaging.view import (
        DeadLetterDetails,
        DeadLetterList,
        DeadLetterNotFound,
        QueueCount,
        QueueCounts,
        RedriveView,
    )
    from microshop.platform.lambda_context import Deadline

_MAX_LISTED = 100
# Time for the current message (platform/aws.py: two attempts of 5 s each to send and to delete) and for the release.
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 40_000

type HasTime = Callable[[], bool]


class QueueSetting(TypedDict):
    """A queue in the setting QUEUES: the URLs of the queue and its dead-letter queue, and the consumer's name."""

    queue: str
    dead_letters: str
    consumer: str


@return_mistakes
def handler(event: dict[str, Any], context: Deadline) -> Mapping[str, object]:
    """Returns the result of the action. An unknown action or queue is an operator's mistake."""

    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > _STOP_BEFORE_TIMEOUT_MILLISECONDS

    match event.get("action"):
        case "count":
            return _count(has_time)
        case "list":
            return _list(_queue_name(event), has_time)
        case "explain":
            return _explain(event, has_time)
        case "redrive":
            return _redrive(event, has_time)
        case _:
            raise InvalidInput(FieldProblem("action", "must be one of count, list, explain, redrive"))


def _count(has_time: HasTime) -> QueueCounts:
    return {"queues": [_queue_count(name, has_time) for name in _queues()]}


def _queue_count(name: str, has_time: HasTime) -> QueueCount:
    queue = _queue(name)
    total, held = queue.count()
    messages = _receive_all(queue, has_time) if total else []
    oldest = min((message.sent_at for message in messages), default=None)
    return {
        "queue": name,
        "consumer": _queues()[name]["consumer"],
        "messages": max(total, len(messages)),
        "held": held,
        "oldest_at": oldest.isoformat(timespec="seconds") if oldest else None,
        "all_seen": len(messages) < _MAX_LISTED,
    }


def _list(name: str, has_time: HasTime) -> DeadLetterList:
    queue = _queue(name)
    max_receives, messages = queue.max_receives(), _receive_all(queue, has_time)
    total, held = queue.count()
    return {
        "queue": name,
        "consumer": _queues()[name]["consumer"],
        "messages": max(total, len(messages)),
        "held": held,
        "letters": [
            dead_letter_view(message, max_receives) for message in sorted(messages, key=lambda message: message.sent_at)
        ],
    }


def _receive_all(queue: SqsDeadLetterQueue, has_time: HasTime) -> list[DeadLetter]:
    with scan(queue, has_time) as messages:
        return list(itertools.islice(messages, _MAX_LISTED))


def _explain(event: dict[str, Any], has_time: HasTime) -> DeadLetterDetails | DeadLetterNotFound:
    message_id = str(event.get("message_id"))
    for name in [_queue_name(event)] if event.get("queue") else _queues():
        queue = _queue(name)
        with scan(queue, has_time) as messages:
            message = next((message for message in messages if message.message_id == message_id), None)
        if message is not None:
            view = dead_letter_view(message, queue.max_receives())
            return {"queue": name, "consumer": _queues()[name]["consumer"], **view, "content": message.content()}
    return {"message_id": message_id, "queue": None, "complete": has_time()}


def _redrive(event: dict[str, Any], has_time: HasTime) -> RedriveView:
    name, message_id = _queue_name(event), event.get("message_id")
    queue = _queue(name)

    def log_sent(message: DeadLetter, new_id: str) -> None:
        ids = {"queue": name, "message_id": message.message_id, "new_message_id": new_id}
        event_fields = {"event_id": message.event.id, "event_type": message.event.type} if message.event else {}
        log_action("redrive", event, **ids, **event_fields)

    result = redrive(queue, message_id=message_id, began_at=datetime.now(UTC), has_time=has_time, on_sent=log_sent)
    left, _ = queue.count()
    counts = {"redriven": result.sent, "unreadable": len(result.unreadable), "failed": len(result.failed), "left": left}
    log_action("end of redrive", event, queue=name, message_id=message_id, complete=result.complete, **counts)
    return redrive_view(name, result, left)


def _queues() -> dict[str, QueueSetting]:
    queues: dict[str, QueueSetting] = json.loads(settings.text("QUEUES"))
    return queues


def _queue_name(event: dict[str, Any]) -> str:
    name = str(event.get("queue"))
    if name not in _queues():
        raise InvalidInput(FieldProblem("queue", f"must be one of {', '.join(_queues())}"))
    return name


def _queue(name: str) -> SqsDeadLetterQueue:
    setting = _queues()[name]
    return SqsDeadLetterQueue(setting["queue"], setting["dead_letters"])
