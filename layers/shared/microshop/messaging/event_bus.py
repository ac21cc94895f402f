"""Publishes outbox rows on the EventBridge bus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.platform.aws import event_bridge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

    from microshop.messaging.outbox import OutboxRow

EVENT_SOURCE = "microshop"


def put_events(bus: str, rows: Sequence[OutboxRow]) -> list[str | None]:
    """Publish a batch of at most ten rows. Returns None or the bus's error for each row.

    Raises:
        botocore.exceptions.BotoCoreError, ClientError: the call as a whole failed.
    """
    response = event_bridge().put_events(Entries=[_entry(bus, row) for row in rows])
    return [
        f"{entry['ErrorCode']}: {entry.get('ErrorMessage', '')}" if entry.get("ErrorCode") else None
        for entry in response["Entries"]
    ]


def _entry(bus: str, row: OutboxRow) -> PutEventsRequestEntryTypeDef:
    entry: PutEventsRequestEntryTypeDef = {
        "EventBusName": bus,
        "Source": EVENT_SOURCE,
        "DetailType": row.type,
        "Detail": row.detail,
    }
    if row.trace_header:
        entry["TraceHeader"] = row.trace_header
    return entry
