"""A dead letter: a message in a dead-letter queue, with its event and the reason why no consumer handled it."""

from __future__ import annotations

import functools
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from microshop.messaging.event import MalformedEvent, read_event
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microshop.messaging.event import ReceivedEvent

# Fields of an event's data that identify its aggregate (Event.aggregate); the first one present decides.
_SUBJECTS = (("order_id", "order"), ("product_id", "product"), ("user_id", "user"))


class DeadLetter(Value):
    """A message as it was received. `undeliverable` is EventBridge's error if the message never reached its queue."""

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
        custom = {name: value.get("StringValue", "") for name, value in message.get("MessageAttributes", {}).items()}
        error_code, error_message = custom.get("ERROR_CODE"), custom.get("ERROR_MESSAGE")
        return cls(
            message_id=message["MessageId"],
            receipt=message["ReceiptHandle"],
            body=message["Body"],
            sent_at=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
            receive_count=int(attributes["ApproximateReceiveCount"]),
            undeliverable=": ".join(filter(None, (error_code, error_message))) if error_code else None,
        )

    @functools.cached_property
    def event(self) -> ReceivedEvent | None:
        """The event in the message; None if no consumer can read it."""
        try:
            return read_event(self.body)
        except MalformedEvent:
            return None

    @property
    def subject(self) -> str | None:
        """The event's aggregate, such as `order:17`."""
        data = self.event.data if self.event else {}
        return next((f"{kind}:{data[field]}" for field, kind in _SUBJECTS if data.get(field) is not None), None)

    def reason(self, max_receives: int | None) -> str:
        """Returns the reason why the message is a dead letter; its queue delivers a message `max_receives` times."""
        if self.undeliverable:
            return f"EventBridge could not deliver it: {self.undeliverable}"
        if self.event is None:
            return "it is not an event of the shop, and no consumer can read it"
        return f"its consumer failed {max_receives or 'too many'} times"

    def content(self) -> object:
        """Returns the message as JSON, or as text if it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body
