"""The decorator `consumer`, which turns a function that handles one event into a Lambda handler.

It reads the events of an SQS batch, reports failed events so that SQS redelivers only those, writes one log line per
event and counts failures. An event that keeps failing ends up in the dead-letter queue.
"""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Any

from microshop.messaging.event import UnknownEvent, read_event
from microshop.platform import observability

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from microshop.messaging.event import ReceivedEvent
    from microshop.platform.lambda_context import Deadline

type LambdaHandler = Callable[[dict[str, Any], Deadline], dict[str, Any]]
type EventHandler = Callable[[ReceivedEvent, Delivery], str]


class Delivery:
    """One delivery of an event: the time left to handle it, and extra fields for its log line."""

    def __init__(self, context: Deadline) -> None:
        self._context = context
        self.log_fields: dict[str, object] = {}

    @property
    def seconds_left(self) -> float:
        """The time until Lambda ends this execution."""
        return self._context.get_remaining_time_in_millis() / 1000

    def add_log_fields(self, **fields: object) -> None:
        """Add fields to the event's log line."""
        self.log_fields.update(fields)


def consumer(name: str, event_types: Collection[str]) -> Callable[[EventHandler], LambdaHandler]:
    """Handle events of these types with the decorated function, which returns its outcome.

    If it raises an error, SQS delivers the event again. An event of another type is an error too: the EventBridge rule
    matches more types than the consumer handles.
    """

    def decorate(handle: EventHandler) -> LambdaHandler:
        @functools.wraps(handle)
        def handler(batch: dict[str, Any], context: Deadline) -> dict[str, Any]:
            failed = [
                record["messageId"]
                for record in batch["Records"]
                if not _handle_record(name, event_types, handle, record=record, delivery=Delivery(context))
            ]
            return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

        return handler

    return decorate


def _handle_record(
    name: str, event_types: Collection[str], handle: EventHandler, *, record: dict[str, Any], delivery: Delivery
) -> bool:
    started = time.perf_counter()
    fields: dict[str, object] = {
        "consumer": name,
        "message_id": record["messageId"],
        "receive_count": int(record["attributes"]["ApproximateReceiveCount"]),
    }
    try:
        event = read_event(record["body"])
        fields |= {"event_id": event.id, "event_type": event.type, "trace_id": event.trace}
        if "order_id" in event.data:
            fields["order_id"] = event.data["order_id"]
        if event.type not in event_types:
            raise UnknownEvent(event.type)
        outcome = handle(event, delivery)
    except Exception as error:  # noqa: BLE001 - the queue redelivers the event after any error
        observability.log().exception("event failed", **delivery.log_fields | fields)
        observability.count("system_errors_total", type=type(error).__name__, consumer=name)
        return False
    fields |= {"outcome": outcome, "duration_ms": round((time.perf_counter() - started) * 1000, 2)}
    observability.log().info("event", **delivery.log_fields | fields)
    return True
