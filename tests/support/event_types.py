"""Every event type: a sample, its schema, and the event as the outbox stores it."""

import json
from typing import TYPE_CHECKING, Any, cast

from microshop.messaging.event import Event, ReceivedEvent
from microshop.messaging.event_bus import _entry
from microshop.messaging.outbox import Outbox, OutboxRow
from tests.support.builders import AN_EVENT_ID, an_event
from tests.support.functions import ROOT
from tools.documents.event_schemas import event_classes
from tools.documents.samples.messages import sample_of

if TYPE_CHECKING:
    from microshop.platform.mysql import Database

SCHEMAS = ROOT / "events" / "schemas"
# By event type, with the values of events/samples.yaml.
SAMPLES: dict[str, Event] = {event_type: sample_of(kind) for event_type, kind in event_classes().items()}


def schema_of(event_type: str) -> dict[str, Any]:
    """The schema in events/schemas."""
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{event_type}.json").read_text(encoding="utf-8"))
    return schema


def received(event_type: str, *, event_id: str = AN_EVENT_ID, **changed: Any) -> ReceivedEvent:
    """The sample of an event type as a consumer receives it, with `changed` fields of its data."""
    return an_event(event_type=event_type, event_id=event_id, data={**SAMPLES[event_type].data, **changed})


def published(event: Event) -> dict[str, Any]:
    """The event as a rule receives it, from the outbox and the relay."""
    recorder = _RowRecorder()
    Outbox(cast("Database", recorder)).add(event)
    row = OutboxRow(
        1, recorder.row["event_id"], recorder.row["type"], recorder.row["detail"], recorder.row["trace_header"], 0
    )
    entry = _entry("bus", row)
    return {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"])}


class _RowRecorder:
    """Records the row that the outbox inserts."""

    def execute(self, _sql: str, row: dict[str, Any]) -> int:
        self.row = row
        return 1
