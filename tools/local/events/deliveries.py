"""What the stack remembers of a message that a consumer received."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from microshop.messaging.event import MalformedEvent, read_event
from tools.local.recent.records import Delivery, Result

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tools.templates.model import Queue

_KEPT_CHARACTERS = 64_000  # of a message; EventBridge takes up to 256 KB


def delivery(
    message: Mapping[str, Any], consumer: str, at: datetime, result: Result, invocation_id: str | None
) -> Delivery:
    """The delivery of an SQS message; what is no event of the shop has the message's id and no type."""
    try:
        event = read_event(message["Body"])
    except MalformedEvent:
        event = None
    return Delivery(
        at=at,
        consumer=consumer,
        event_id=event.id if event else message["MessageId"],
        event_type=event.type if event else "",
        happened_at=event.time if event else None,
        trace=event.trace if event else None,
        body=message["Body"][:_KEPT_CHARACTERS],
        attempt=_attempt(message),
        result=result,
        invocation_id=invocation_id,
    )


def result_of(message: Mapping[str, Any], *, has_failed: bool, max_receives: int | None) -> Result:
    """What becomes of a message after this attempt. Without a dead-letter queue, it comes again and again."""
    if not has_failed:
        return Result.HANDLED
    is_last = max_receives is not None and _attempt(message) >= max_receives
    return Result.DEAD_LETTERED if is_last else Result.RETRIED


def max_receives(queue: Queue) -> int | None:
    """How often the queue delivers a message before it goes to the dead-letter queue; None without such a queue."""
    policy = json.loads(queue.attributes.get("RedrivePolicy", "{}"))
    return int(policy["maxReceiveCount"]) if "maxReceiveCount" in policy else None


def _attempt(message: Mapping[str, Any]) -> int:
    return int(message["Attributes"]["ApproximateReceiveCount"])
