"""Records of messages that a consumer received."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from microshop.messaging.event import MalformedEvent, read_event
from tools.local.recent.records import Delivery, DeliveryResult

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tools.templates.model import Queue

_KEPT_CHARACTERS = 64_000  # of a message; EventBridge accepts up to 256 KB


def delivery_record(
    message: Mapping[str, Any], consumer: str, at: datetime, result: DeliveryResult, invocation_id: str | None
) -> Delivery:
    """Returns the delivery of an SQS message. A message that is not an event of the shop has its own id and no type."""
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


def delivery_result(message: Mapping[str, Any], *, has_failed: bool, max_receives: int | None) -> DeliveryResult:
    """Returns the result of this attempt. Without a dead-letter queue, every failed attempt is retried."""
    if not has_failed:
        return DeliveryResult.HANDLED
    is_last = max_receives is not None and _attempt(message) >= max_receives
    return DeliveryResult.DEAD_LETTERED if is_last else DeliveryResult.RETRIED


def max_receives(queue: Queue) -> int | None:
    """Returns the number of deliveries before a message goes to the dead-letter queue, or None without such a queue."""
    policy = json.loads(queue.attributes.get("RedrivePolicy", "{}"))
    return int(policy["maxReceiveCount"]) if "maxReceiveCount" in policy else None


def _attempt(message: Mapping[str, Any]) -> int:
    return int(message["Attributes"]["ApproximateReceiveCount"])
