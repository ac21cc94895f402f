"""A letter in a dead-letter queue: its event, what that happened to, and why no consumer handled it."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from microshop.messaging.event import MalformedEvent, read_event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microshop.messaging.event import ReceivedEvent

# An event's aggregate (Event.aggregate) from its data: the first field that is there decides.
_SUBJECTS = (("order_id", "order"), ("product_id", "product"), ("user_id", "user"))


@dataclass(frozen=True)
class DeadLetter:
    """A message as it was received; `undeliverable` is EventBridge's reason if it never reached its queue."""

    message_id: str
    receipt: str
    body: str
    sent_at: datetime
    receive_count: int
    undeliverable: str | None

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> DeadLetter:
        """Read a message of SQS's ReceiveMessage with all attributes."""
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
        """The event in the letter; None if it is not one that a consumer can read."""
        try:
            return read_event(self.body)
        except MalformedEvent:
            return None

    @property
    def subject(self) -> str | None:
        """The thing that the event happened to, such as `order:17`."""
        data = self.event.data if self.event else {}
        return next((f"{kind}:{data[field]}" for field, kind in _SUBJECTS if data.get(field) is not None), None)

    def why(self, max_receives: int | None) -> str:
        """Return why the letter is here; `max_receives` is how often the source queue delivers a message."""
        if self.undeliverable:
            return f"EventBridge could not deliver it: {self.undeliverable}"
        if self.event is None:
            return "it is not an event of the shop, and no consumer can read it"
        return f"its consumer failed {max_receives or 'too many'} times"

    def content(self) -> object:
        """Return the message as JSON, or as text if it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body
