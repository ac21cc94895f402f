"""Events: a type, a version, an id, a time, data, and the thing that they happened to."""

import json
import uuid
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, ClassVar, Protocol, dataclass_transform


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Event(ABC):
    """Something that happened. A subclass declares the fields of its `data`; `events/schemas/` has their schemas.

    A subclass is declared and type-checked as a frozen dataclass, but is none: generating methods for every event class
    made up a tenth of the cold start of a function that publishes one; see
    docs/decisions/0051-the-cost-of-a-cold-start.md.
    """

    type: ClassVar[str]
    version: ClassVar[int]

    def __init__(self, **data: Any) -> None:
        if data.keys() != set(self.fields()):
            raise TypeError(f"{self.__class__.__name__} has the fields {self.fields()}, not {list(data)}")
        self.id = str(uuid.uuid4())
        self.time = datetime.now(UTC)
        vars(self).update(data)

    @classmethod
    def fields(cls) -> list[str]:
        """Returns the names of the fields of `data`, those of base classes first."""
        declared = [name for kind in reversed(cls.__mro__) for name in getattr(kind, "__annotations__", {})]
        return [name for name in dict.fromkeys(declared) if name not in Event.__annotations__]

    @property
    @abstractmethod
    def aggregate(self) -> str:
        """The thing that it happened to, such as `order:17`."""

    @property
    def data(self) -> dict[str, Any]:
        """The subclass's own fields."""
        return {name: getattr(self, name) for name in self.fields()}


class EventLog(Protocol):
    """Stores events until they are published."""

    def add(self, event: Event) -> None: ...


@dataclass(frozen=True)
class ReceivedEvent:
    """An event as a consumer receives it from its queue."""

    type: str
    version: int
    id: str
    time: datetime
    trace: str | None
    data: dict[str, Any]


class MalformedEvent(Exception):
    """A message that is not an event of the shop."""


class UnknownEvent(Exception):
    """A consumer does not handle this event: its rule matches too much."""


class Claim(Enum):
    """Whose an event is after a consumer tried to claim it."""

    MINE = "mine"
    DONE = "done"
    OTHERS = "others"


def read_event(body: str) -> ReceivedEvent:
    """Return the event in a message that an EventBridge rule put on a queue.

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
