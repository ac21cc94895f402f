"""Sample batches of consumers and sample events of schedules."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from microshop.messaging.event_bus import EVENT_SOURCE
from microshop.messaging.outbox import row_of
from tools.documents.event_schemas import event_classes
from tools.documents.samples.values import MOMENT, TRACE, file_of, fixed_id, sample_values
from tools.lambda_events.eventbridge import payload
from tools.lambda_events.sqs import record
from tools.problems import LocalProblem
from tools.templates.model import ACCOUNT, REGION

if TYPE_CHECKING:
    from microshop.messaging.event import Event
    from tools.documents.samples.values import Json
    from tools.templates.model import EventSource, Inventory, Schedule

_TRACE_HEADER = f"{TRACE};Parent=53995c3f42cd8ad8;Sampled=1"
_SENDER = "AIDAIENQZJOLO23YVJ4VO"


def sample_of(kind: type[Event]) -> Event:
    """Returns an event of this class with the values of events/samples.yaml.

    Raises:
        LocalProblem: a field has no value.
    """
    values = sample_values()["fields"] | sample_values()["events"].get(kind.type, {})
    if missing := set(kind.fields()) - values.keys():
        raise LocalProblem(f"events/samples.yaml has no value for {', '.join(sorted(missing))} of {kind.type}.")
    return kind(**{name: values[name] for name in kind.fields()})


def batch_sample(inventory: Inventory, source: EventSource) -> Json:
    """Returns a batch with a message per event type of the consumer, or of those in events/samples.yaml."""
    queue_arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{source.queue}"
    types = sample_values()["batches"].get(file_of(inventory, source.function)) or [
        event_type
        for rule in inventory.rules
        if queue_arn in [target.arn for target in rule.targets]
        for event_type in rule.pattern["detail-type"]
    ]
    return {"Records": [record(_message(event_type, source.queue), queue_arn) for event_type in types]}


def scheduled_sample(schedule: Schedule) -> Json:
    """Returns the event that EventBridge creates at a scheduled time."""
    event: Json = json.loads(payload(schedule, MOMENT))
    return event if schedule.has_payload else event | {"id": fixed_id(schedule.name)}


def _message(event_type: str, queue: str) -> Json:
    event = sample_of(event_classes()[event_type])
    body = json.dumps(_envelope(event), ensure_ascii=False, separators=(",", ":"))
    sent = int(MOMENT.timestamp() * 1000) + 1000
    return {
        "MessageId": fixed_id(f"{event_type} in {queue}"),
        "ReceiptHandle": f"AQEB{fixed_id(f'receipt of {event_type}')}",
        "Body": body,
        "MD5OfBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
        "Attributes": {
            "ApproximateReceiveCount": "1",
            "AWSTraceHeader": _TRACE_HEADER,
            "SentTimestamp": str(sent),
            "SenderId": _SENDER,
            "ApproximateFirstReceiveTimestamp": str(sent + 333),
        },
    }


def _envelope(event: Event) -> Json:
    """Returns the event as an EventBridge rule sends it to a queue."""
    fixed = {"id": fixed_id(event.type), "time": MOMENT.isoformat(), "trace": _TRACE_HEADER}
    return {
        "version": "0",
        "id": fixed_id(f"envelope of {event.type}"),
        "detail-type": event.type,
        "source": EVENT_SOURCE,
        "account": ACCOUNT,
        "time": f"{MOMENT:%Y-%m-%dT%H:%M:%SZ}",
        "region": REGION,
        "resources": [],
        "detail": json.loads(str(row_of(event)["detail"])) | fixed,
    }
