"""Events. Each has a type, a version, an id, a time, data, and the aggregate that it is about."""

import json
import uuid
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from enum import Enum
from typing import Any, ClassVar, Protocol, dataclass_transform

from microshop.values import Value


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Event(Value, ABC):
    """A published fact. A subclass declares the fields of its `data`; `events/schemas/` has their schemas.

    Its arguments are keywords only.
    """

    type: ClassVar[str]
    version: ClassVar[int]

    def __init__(self, **data: Any) -> None:
        super().__init__(**data)
        vars(self).update(id=str(uuid.uuid4()), time=datetime.now(UTC))

    @property
    def id(self) -> str:
        """A UUID."""
        return str(vars(self)["id"])

    @property
    def time(self) -> datetime:
        """The time of the event."""
        moment: datetime = vars(self)["time"]
        return moment

    @property
    @abstractmethod
    def aggregate(self) -> str:
        """The kind and id of the changed thing, such as `order:17`."""

    @property
    def data(self) -> dict[str, Any]:
        """The subclass's own fields."""
        return self.as_dict()


class EventLog(Protocol):
    """Stores events until they are published."""

    def add(self, event: Event) -> None: ...


class ReceivedEvent(Value):
    """An event as a consumer receives it from its queue."""

    type: str
    version: int
    id: str
    time: datetime
    trace: str | None
    data: dict[str, Any]


class MalformedEvent(Exception):
    """A message is not an event of the shop."""


class UnknownEvent(Exception):
    """The consumer does not handle events of this type, but its EventBridge rule matches them."""


class Claim(Enum):
    """The result of a consumer's attempt to claim an event."""

    GRANTED = "granted"
    DONE = "done"
    """The consumer has handled the event before."""
    BUSY = "busy"
    """Another execution holds a claim."""


def read_event(body: str) -> ReceivedEvent:
    """Returns the event in a message that an EventBridge rule sent to a queue.

    Raises:
        MalformedEvent: the message is not an event of the shop.
    """
    try:
        envelope = json.loads(body)
        detail = envelope["detail"]
        return ReceivedEvent(
            type=str(envelope["detail-type"]),
            version=int(detail["version"]),
            id=str(detail["id"]),
            time=datetime.fromisoformat(detail["time"]),
            trace=detail.get("trace"),
            data=dict(detail["data"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedEvent(f"The message is not an event of the shop: {type(error).__name__}.") from error
