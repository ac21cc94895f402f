"""What lies in a dead-letter queue: which event it is, what it happened to, and why nobody could handle it."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from microshop.messaging.consumer import MalformedEvent, read_event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microshop.messaging.event import ReceivedEvent

# What an event is about, as the outbox has it (Event.aggregate): the first of these that its data holds.
_SUBJECTS = (("order_id", "order"), ("product_id", "product"), ("user_id", "user"))


@dataclass(frozen=True)
class DeadLetter:
    """A message as it was received; `undeliverable` is EventBridge's word on why it never reached its queue."""

    message_id: str
    receipt: str
    body: str
    sent_at: datetime
    receive_count: int
    undeliverable: str | None

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> DeadLetter:
        """Read what SQS's ReceiveMessage answers, all attributes asked for."""
        attributes = message.get("Attributes", {})
        given = {name: value.get("StringValue", "") for name, value in message.get("MessageAttributes", {}).items()}
        code, words = given.get("ERROR_CODE"), given.get("ERROR_MESSAGE")
        return cls(
            message_id=message["MessageId"],
            receipt=message["ReceiptHandle"],
            body=message["Body"],
            sent_at=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
            receive_count=int(attributes["ApproximateReceiveCount"]),
            undeliverable=": ".join(part for part in (code, words) if part) if code else None,
        )

    @functools.cached_property
    def event(self) -> ReceivedEvent | None:
        """The event in it; None where it is none that a consumer could read."""
        try:
            return read_event(self.body)
        except MalformedEvent:
            return None

    @property
    def subject(self) -> str | None:
        """What the event happened to, such as `order:17`."""
        data = self.event.data if self.event else {}
        return next((f"{kind}:{data[field]}" for field, kind in _SUBJECTS if data.get(field) is not None), None)

    def why(self, max_receives: int | None) -> str:
        """Why it is here; `max_receives` is how often the source queue delivers before it gives up."""
        if self.undeliverable:
            return f"EventBridge could not deliver it: {self.undeliverable}"
        if self.event is None:
            return "it is not an event of the shop, and no consumer can read it"
        return f"its consumer failed {max_receives or 'too many'} times"

    def shown(self, max_receives: int | None) -> dict[str, Any]:
        """A line of a list."""
        event = self.event
        return {
            "message_id": self.message_id,
            "event_type": event.type if event else None,
            "event_id": event.id if event else None,
            "subject": self.subject,
            "sent_at": self.sent_at.isoformat(timespec="seconds"),
            "receive_count": self.receive_count,
            "why": self.why(max_receives),
        }

    def content(self) -> Any:
        """The whole message as JSON, or its text where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body
