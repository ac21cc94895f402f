"""Counts, lists, explains and redrives dead letters for an operator.

`{"action": "count"}`
`{"action": "list", "queue": "CustomerMail"}`
`{"action": "explain", "message_id": "…"}`
`{"action": "redrive", "queue": "CustomerMail", "message_id": "…" or null for all, "operator": "…"}`
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from microshop.errors import FieldProblem, InvalidInput
from microshop.messaging.dead_letter_queue import NamedQueue, consumer_queues
from microshop.messaging.dead_letter_reading import count_letters, explain_letter, list_letters
from microshop.messaging.redriving import redrive
from microshop.messaging.view import redrive_view
from microshop.operator_actions import log_action, return_mistakes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from microshop.messaging.dead_letters import DeadLetter
    from microshop.messaging.view import DeadLetterDetails, DeadLetterNotFound, RedriveView
    from microshop.platform.lambda_context import Deadline

# Time for the current message (platform/aws.py: two attempts of 5 s each to send and to delete) and for the release.
_STOP_BEFORE_TIMEOUT_MILLISECONDS = 40_000

type HasTime = Callable[[], bool]


@return_mistakes
def handler(event: dict[str, Any], context: Deadline) -> Mapping[str, object]:
    """Returns the result of the action. An unknown action or queue is an operator's mistake."""

    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > _STOP_BEFORE_TIMEOUT_MILLISECONDS

    match event.get("action"):
        case "count":
            return {"queues": [count_letters(queue, has_time) for queue in consumer_queues().values()]}
        case "list":
            return list_letters(_queue(event), has_time)
        case "explain":
            return _explain(event, has_time)
        case "redrive":
            return _redrive(event, has_time)
        case _:
            raise InvalidInput(FieldProblem("action", "must be one of count, list, explain, redrive"))


def _explain(event: dict[str, Any], has_time: HasTime) -> DeadLetterDetails | DeadLetterNotFound:
    message_id = str(event.get("message_id"))
    for queue in [_queue(event)] if event.get("queue") else consumer_queues().values():
        if details := explain_letter(queue, message_id, has_time):
            return details
    return {"message_id": message_id, "queue": None, "complete": has_time()}


def _redrive(event: dict[str, Any], has_time: HasTime) -> RedriveView:
    queue, message_id = _queue(event), event.get("message_id")

    def log_sent(message: DeadLetter, new_id: str) -> None:
        ids = {"queue": queue.name, "message_id": message.message_id, "new_message_id": new_id}
        event_fields = {"event_id": message.event.id, "event_type": message.event.type} if message.event else {}
        log_action("redrive", event, **ids, **event_fields)

    result = redrive(
        queue.dead_letters, message_id=message_id, began_at=datetime.now(UTC), has_time=has_time, on_sent=log_sent
    )
    left, _ = queue.dead_letters.count()
    counts = {"redriven": result.sent, "unreadable": len(result.unreadable), "failed": len(result.failed), "left": left}
    log_action("end of redrive", event, queue=queue.name, message_id=message_id, complete=result.complete, **counts)
    return redrive_view(queue.name, result, left)


def _queue(event: dict[str, Any]) -> NamedQueue:
    queues, name = consumer_queues(), str(event.get("queue"))
    if name not in queues:
        raise InvalidInput(FieldProblem("queue", f"must be one of {', '.join(queues)}"))
    return queues[name]
